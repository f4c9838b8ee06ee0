"""Models of one's own: exports to ONNX give in the product what they give by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.builtin.onnx_writer import Graph, float_value
from imagesearch.embeddings.clip import ClipEmbedder
from imagesearch.embeddings.onnx.export import Export
from imagesearch.embeddings.onnx.preprocessing import Preprocessing
from imagesearch.embeddings.onnx.tokens import TextTokenizer
from imagesearch.embeddings.testing import EmbedderContract, drawn
from imagesearch.errors import ModelError, QueryError
from tests.support.rounding import FLOAT32

SHARED = Path(__file__).parents[4] / "shared" / "models"
TINY = SHARED / "tiny-dual-encoder"
TOKENIZER = SHARED / "clip-vit-b32-tokenizer"
MOBILENET = SHARED / "mobilenet-v2" / "tf2_mobilenet_v2_1.0_224_ptq.onnx"
needs_tiny = pytest.mark.skipif(not TINY.is_dir(), reason="../shared/models/tiny-dual-encoder is not here")
needs_tokenizer = pytest.mark.skipif(
    not TOKENIZER.is_dir(), reason="../shared/models/clip-vit-b32-tokenizer is not here"
)
needs_mobilenet = pytest.mark.skipif(
    not MOBILENET.is_file(), reason="../shared/models/mobilenet-v2 is not here"
)

HALVES = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def export(
    folder: Path, *, outputs: Sequence[str] = ("image_embeds",), batch: int | str = "N", **config: Any
) -> Path:
    """A model whose vector is the mean of each colour channel: (red, green, blue)."""
    graph = Graph("means")
    pooled = graph.node("GlobalAveragePool", ["pixel_values"], "pooled")
    for name in outputs:
        graph.node("Flatten", [pooled], name, axis=1)
    model = graph.model(
        [float_value("pixel_values", [batch, 3, 8, 8])], [float_value(name, [batch, 3]) for name in outputs]
    )
    (folder / "vision_model.onnx").write_bytes(model)
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": 8, "do_normalize": False} | config))
    return folder


@needs_tiny
class TestTinyDualEncoder(EmbedderContract):
    def build(self) -> Embedder:
        return ClipEmbedder(str(TINY))

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> Embedder:
        return cls().build()

    def test_pictures_and_words_are_what_the_model_gives_by_hand(self, embedder: Embedder) -> None:
        import onnxruntime

        sees = onnxruntime.InferenceSession(TINY / "onnx/vision_model.onnx")
        reads = onnxruntime.InferenceSession(TINY / "onnx/text_model.onnx")
        tokens = Tokenizer.from_file(str(TINY / "tokenizer.json")).encode("a striped shirt")
        pictures = drawn()
        squares = [
            np.asarray(picture.resize((224, 224), Image.Resampling.BICUBIC), np.float32)
            for picture in pictures
        ]
        pixels = ((np.stack(squares) / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2)
        (seen,) = sees.run(["image_embeds"], {"pixel_values": pixels})
        (read,) = reads.run(
            ["text_embeds"], {"input_ids": [tokens.ids], "attention_mask": [tokens.attention_mask]}
        )
        assert np.allclose(
            embedder.embed_images(pictures), seen / np.linalg.norm(seen, axis=1, keepdims=True), atol=FLOAT32
        )
        assert np.allclose(
            embedder.embed_texts(["a striped shirt"]), read / np.linalg.norm(read), atol=FLOAT32
        )

    def test_it_is_512_wide_and_knows_words(self, embedder: Embedder) -> None:
        assert (embedder.dimensions, embedder.embeds_text) == (512, True)

    def test_a_text_without_words_is_refused(self, embedder: Embedder) -> None:
        with pytest.raises(QueryError, match="no words"):
            embedder.embed_texts(["  "])


class TestPicturesAlone(EmbedderContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = export(tmp_path)

    def build(self) -> Embedder:
        return ClipEmbedder(str(self.folder))


def test_a_graph_for_one_picture_gets_one_at_a_time(tmp_path: Path) -> None:
    vectors = ClipEmbedder(str(export(tmp_path, batch=1))).embed_images(drawn())
    assert vectors.shape == (5, 3)
    assert vectors[0].argmax() == 0  # the red picture


@needs_mobilenet
def test_a_backbone_of_ones_own_needs_one_small_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "any-name.onnx").symlink_to(MOBILENET)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"size": 256, "crop_size": 224} | HALVES))
    embedder = ClipEmbedder(str(tmp_path))
    assert (embedder.dimensions, embedder.embeds_text) == (1280, False)
    red, night, *_ = embedder.embed_images(drawn())
    assert red @ night < 0.9


def test_the_named_output_wins_over_the_others(tmp_path: Path) -> None:
    embedder = ClipEmbedder(str(export(tmp_path, outputs=("logits", "image_embeds"))))
    assert embedder.dimensions == 3


def test_two_outputs_that_could_be_the_vector_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="must have one called image_embeds"):
        ClipEmbedder(str(export(tmp_path, outputs=("one", "other")))).warm_up()


def test_a_model_that_takes_no_pictures_is_refused(tmp_path: Path) -> None:
    export(tmp_path)
    graph = Graph("words")
    graph.node("Identity", ["input_ids"], "out")
    (tmp_path / "vision_model.onnx").write_bytes(
        graph.model([float_value("input_ids", ["N", 3])], [float_value("out", ["N", 3])])
    )
    with pytest.raises(ModelError, match=r"must take \(batch, 3, height, width\)"):
        ClipEmbedder(str(tmp_path)).warm_up()


def test_settings_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"Does its preprocessor_config\.json fit\?"):
        ClipEmbedder(str(export(tmp_path, size=16))).warm_up()


def test_a_damaged_model_is_a_sentence(tmp_path: Path) -> None:
    (export(tmp_path) / "vision_model.onnx").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="is no ONNX model"):
        ClipEmbedder(str(tmp_path)).warm_up()


def test_a_folder_without_settings_says_what_to_write(tmp_path: Path) -> None:
    (export(tmp_path) / "preprocessor_config.json").unlink()
    with pytest.raises(ModelError, match=r"has no preprocessor_config\.json.*Write one"):
        ClipEmbedder(str(tmp_path)).warm_up()


class TestWhichFiles:
    def test_full_precision_comes_before_half_and_eight_bits(self) -> None:
        names = [
            "onnx/vision_model_quantized.onnx",
            "onnx/vision_model.onnx",
            "onnx/vision_model_fp16.onnx",
            "onnx/text_model_fp16.onnx",
        ]
        export = Export.among(names, "here")
        assert (export.vision, export.text) == ("onnx/vision_model.onnx", "onnx/text_model_fp16.onnx")

    def test_files_may_lie_at_the_top(self) -> None:
        export = Export.among(["vision_model.onnx", "text_model.onnx", "tokenizer.json"], "here")
        assert export.files == ["text_model.onnx", "tokenizer.json", "vision_model.onnx"]

    def test_weights_in_files_of_their_own_come_along(self) -> None:
        export = Export.among(
            ["onnx/vision_model.onnx", "onnx/vision_model.onnx_data", "onnx/model.onnx_data"], "here"
        )
        assert export.files == ["onnx/vision_model.onnx", "onnx/vision_model.onnx_data"]

    def test_several_graphs_without_a_known_name_are_refused(self) -> None:
        with pytest.raises(ModelError, match="here has 2 ONNX files"):
            Export.among(["a.onnx", "b.onnx"], "here")


def prepared(tmp_path: Path, image: Image.Image, **config: Any) -> NDArray[np.float32]:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(config))
    return Preprocessing.read(path)(image)


class TestPreparation:
    wide = Image.new("RGB", (40, 20), "red")

    @pytest.mark.parametrize(
        ("config", "shape"),
        [
            ({"size": 10}, (3, 10, 10)),
            ({"size": {"height": 10, "width": 12}}, (3, 10, 12)),
            ({"size": {"shortest_edge": 10}, "do_center_crop": True, "crop_size": 8}, (3, 8, 8)),
            ({"size": 10, "do_center_crop": True, "crop_size": {"height": 6, "width": 9}}, (3, 6, 9)),
            ({"size": {"shortest_edge": 10}, "do_center_crop": True}, (3, 10, 10)),
            ({"do_resize": False, "crop_size": 30}, (3, 30, 30)),
        ],
    )
    def test_every_form_of_a_size_is_followed(
        self, tmp_path: Path, config: dict[str, Any], shape: tuple[int, ...]
    ) -> None:
        assert prepared(tmp_path, self.wide, **config).shape == shape

    def test_the_short_side_decides_and_the_middle_stays(self, tmp_path: Path) -> None:
        picture = Image.new("RGB", (40, 20), "blue")
        picture.paste("red", (10, 0, 30, 20))
        pixels = prepared(tmp_path, picture, size={"shortest_edge": 10}, crop_size=6)
        assert np.allclose(pixels[:, 3, 3], [1, 0, 0])
        assert pixels[2].max() < 0.01  # the blue ends are cut away

    def test_numbers_are_scaled_then_normalised(self, tmp_path: Path) -> None:
        config = {"image_mean": [0.5, 0.25, 0], "image_std": [0.5, 0.25, 2]}
        pixels = prepared(tmp_path, Image.new("RGB", (4, 4), (255, 0, 255)), size=4, **config)
        assert np.allclose(pixels[:, 0, 0], [1, -1, 0.5])

    def test_a_model_may_want_plain_bytes(self, tmp_path: Path) -> None:
        pixels = prepared(tmp_path, Image.new("RGB", (4, 4), (255, 0, 7)), size=4, do_rescale=False)
        assert pixels[:, 0, 0].tolist() == [255, 0, 7]

    def test_it_is_what_pillow_does_step_by_step(self, tmp_path: Path) -> None:
        picture = drawn()[3]
        pixels = prepared(tmp_path, picture, size={"shortest_edge": 64}, crop_size=56, resample=3)
        scaled = picture.resize((400 * 64 // 260, 64), Image.Resampling.BICUBIC)
        by_hand = np.asarray(scaled.crop((21, 4, 77, 60)), np.float32).transpose(2, 0, 1) / 255
        assert np.allclose(pixels, by_hand, atol=1e-6)

    def test_a_line_of_60000_pixels_stays_small(self, tmp_path: Path) -> None:
        pixels = prepared(
            tmp_path, Image.new("RGB", (60_000, 1), "red"), size={"shortest_edge": 224}, crop_size=224
        )
        assert np.allclose(pixels[0], 1, atol=1e-6)

    @pytest.mark.parametrize(
        "config",
        [
            {},
            {"size": {"shortest_edge": 10}},
            {"size": {"longest_edge": 10}},
            {"do_resize": False},
            {"size": 8, "image_mean": [0.5]},
        ],
    )
    def test_what_cannot_be_followed_is_refused(self, tmp_path: Path, config: dict[str, Any]) -> None:
        with pytest.raises(ModelError, match="cannot be followed"):
            prepared(tmp_path, self.wide, **config)


def word_tokenizer(folder: Path, **padding: Any) -> Path:
    """One token a word: a, b, c … are 1, 2, 3 …"""
    vocabulary = {"[PAD]": 0} | {letter: number for number, letter in enumerate("abcdefgh", 1)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[PAD]"))
    tokenizer.pre_tokenizer = Whitespace()
    if padding:
        tokenizer.enable_padding(**padding)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


class TestTokens:
    def test_a_short_text_is_padded_to_the_length(self, tmp_path: Path) -> None:
        windows = TextTokenizer(word_tokenizer(tmp_path), {}, {"model_max_length": 4}, fixed=None).windows(
            "b c"
        )
        assert windows.ids.tolist() == [[2, 3, 0, 0]]
        assert windows.mask.tolist() == [[1, 1, 0, 0]]

    def test_a_long_text_becomes_several_windows(self, tmp_path: Path) -> None:
        windows = TextTokenizer(word_tokenizer(tmp_path), {}, {"model_max_length": 4}, fixed=None).windows(
            "a b c d e f"
        )
        assert windows.ids.tolist() == [[1, 2, 3, 4], [5, 6, 0, 0]]

    @pytest.mark.parametrize(
        ("config", "tokenizer_config", "fixed", "length"),
        [
            ({"text_config": {"max_position_embeddings": 7}}, {}, None, 7),
            ({"max_position_embeddings": 6}, {"model_max_length": 1e30}, None, 6),
            ({"max_position_embeddings": 6}, {"model_max_length": 5}, None, 5),
            ({"max_position_embeddings": 6}, {"model_max_length": 5}, 3, 3),
        ],
    )
    def test_the_length_comes_from_the_graph_then_the_settings(
        self,
        tmp_path: Path,
        config: dict[str, Any],
        tokenizer_config: dict[str, Any],
        fixed: int | None,
        length: int,
    ) -> None:
        windows = TextTokenizer(word_tokenizer(tmp_path), config, tokenizer_config, fixed).windows("a")
        assert windows.ids.shape == (1, length)

    @pytest.mark.parametrize("pad", [{"pad_token": "h"}, {"pad_token": {"content": "h"}}])
    def test_the_padding_has_the_number_of_its_name(self, tmp_path: Path, pad: dict[str, Any]) -> None:
        windows = TextTokenizer(
            word_tokenizer(tmp_path), {}, {"model_max_length": 3} | pad, fixed=None
        ).windows("a")
        assert windows.ids.tolist() == [[1, 8, 8]]

    def test_a_tokenizer_with_padding_of_its_own_keeps_it(self, tmp_path: Path) -> None:
        path = word_tokenizer(tmp_path, pad_id=7, pad_token="g", direction="left")
        assert TextTokenizer(path, {}, {"model_max_length": 3}, fixed=None).windows("a").ids.tolist() == [
            [7, 7, 1]
        ]

    def test_a_model_that_states_no_length_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="how many tokens"):
            TextTokenizer(word_tokenizer(tmp_path), {}, {}, fixed=None)


@needs_tokenizer
class TestTheTokenizerOfClip:
    """Begin is 49406, end and padding are 49407; words have the numbers of CLIP's own vocabulary."""

    @pytest.fixture(scope="class")
    @classmethod
    def tokens(cls) -> TextTokenizer:
        model, tokenizer = (
            json.loads((TOKENIZER / name).read_text(encoding="utf-8"))
            for name in ("config.json", "tokenizer_config.json")
        )
        return TextTokenizer(TOKENIZER / "tokenizer.json", model, tokenizer, fixed=None)

    def test_a_text_is_framed_and_padded_to_77(self, tokens: TextTokenizer) -> None:
        windows = tokens.windows("a")
        assert windows.ids.tolist() == [[49406, 320, 49407, *[49407] * 74]]
        assert windows.mask.tolist() == [[1, 1, 1, *[0] * 74]]

    def test_the_sentence_of_every_tutorial_has_the_numbers_of_every_tutorial(
        self, tokens: TextTokenizer
    ) -> None:
        assert tokens.windows("a photo of a cat").ids[0, :7].tolist() == [
            49406,
            320,
            1125,
            539,
            320,
            2368,
            49407,
        ]

    def test_letters_and_spaces_are_folded(self, tokens: TextTokenizer) -> None:
        assert np.array_equal(
            tokens.windows("A  PHOTO\nof a Cat").ids, tokens.windows("a photo of a cat").ids
        )

    def test_a_long_text_is_cut_at_75_words_each_window_framed(self, tokens: TextTokenizer) -> None:
        windows = tokens.windows("a " * 80)
        assert windows.ids.shape == (2, 77)
        assert windows.ids[0].tolist() == [49406, *[320] * 75, 49407]
        assert windows.ids[1, :8].tolist() == [49406, *[320] * 5, 49407, 49407]
