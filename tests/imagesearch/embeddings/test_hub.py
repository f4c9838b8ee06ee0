"""Bringing a model from the hub: what is brought, once, and what happens when it goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from huggingface_hub import constants, file_download
from PIL import Image

from imagesearch.embeddings.clip import ClipEmbedder
from imagesearch.embeddings.onnx import hub
from imagesearch.errors import ModelError
from tests.imagesearch.embeddings.test_clip import TINY, needs_tiny
from tests.support.hub import COMMIT, Fault, Hub
from tests.support.timing import PATIENCE

GRAPH = bytes(range(256)) * 40
FILES = {
    "onnx/vision_model.onnx": GRAPH,
    "onnx/vision_model_fp16.onnx": b"half",
    "onnx/vision_model.onnx_data": b"weights",
    "preprocessor_config.json": b"{}",
    "README.md": b"# A model",
    "model.safetensors": b"for another library",
}
Serve = Callable[..., Hub]


@pytest.fixture
def models(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "models"


@pytest.fixture
def serve(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a hub, and make the library ask it; impatiently where it will not answer."""
    running: list[AbstractContextManager[Hub]] = []

    def start(files: dict[str, bytes] = FILES, fault: Fault = "") -> Hub:
        server = Hub(files, fault)
        be_patient(monkeypatch, 0.2 if fault in {"silent", "stalling"} else PATIENCE)
        running.append(server)
        server.__enter__()
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        return server

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr(file_download, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(hub, "LOCK_SECONDS", 0.1)
    yield start
    for server in running:
        server.__exit__(None, None, None)


def be_patient(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", seconds)
    monkeypatch.setattr(hub, "LISTING_SECONDS", seconds)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_brings_what_the_model_needs_and_nothing_else(serve: Serve, models: Path) -> None:
    serve()
    folder = hub.folder("someone/model")
    assert folder == models / "someone--model"
    wanted = ("onnx/vision_model.onnx", "onnx/vision_model.onnx_data", "preprocessor_config.json")
    assert files_in(folder) == {name: FILES[name] for name in wanted}


def test_a_model_that_is_here_asks_the_hub_nothing(serve: Serve) -> None:
    server = serve()
    folder = hub.folder("someone/model")
    server.asked.clear()
    assert hub.folder("someone/model") == folder
    assert server.asked == []


def test_a_cut_connection_goes_on_where_it_was_cut(serve: Serve) -> None:
    server = serve(fault="cut once")
    folder = hub.folder("someone/model")
    assert (folder / "onnx/vision_model.onnx").read_bytes() == GRAPH
    resumed = [asked for asked in server.asked if "bytes=" in asked]
    assert resumed
    assert all(asked.startswith("GET vision_model.onnx bytes=5000-") for asked in resumed)


def test_a_killed_download_goes_on_in_the_next_process(serve: Serve, models: Path) -> None:
    server = serve()
    part = models / f"someone--model.{COMMIT[:12]}.part" / "onnx"
    part.mkdir(parents=True)
    (part / "vision_model.onnx.part").write_bytes(GRAPH[:7000])
    folder = hub.folder("someone/model")
    assert (folder / "onnx/vision_model.onnx").read_bytes() == GRAPH
    assert "GET vision_model.onnx bytes=7000-" in server.asked


def test_a_server_without_ranges_starts_over(serve: Serve, models: Path) -> None:
    serve(fault="no ranges")
    part = models / f"someone--model.{COMMIT[:12]}.part" / "onnx"
    part.mkdir(parents=True)
    (part / "vision_model.onnx.part").write_bytes(b"x" * 7000)
    folder = hub.folder("someone/model")
    assert (folder / "onnx/vision_model.onnx").read_bytes() == GRAPH


@pytest.mark.slow
def test_a_stalling_server_is_given_up_and_what_came_is_kept(
    serve: Serve, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(fault="stalling")
    with pytest.raises(ModelError, match=r"stopped answering.*try again to go on"):
        hub.folder("someone/model")
    assert not (models / "someone--model").exists()
    server.fault = ""
    server.asked.clear()
    be_patient(monkeypatch, PATIENCE)
    assert (hub.folder("someone/model") / "onnx/vision_model.onnx").read_bytes() == GRAPH
    assert any("bytes=" in asked for asked in server.asked)


def test_a_server_that_always_cuts_is_given_up(serve: Serve) -> None:
    server = serve({**FILES, "onnx/vision_model.onnx": b"tiny"}, fault="cutting")
    with pytest.raises(ModelError, match="could not be downloaded"):
        hub.folder("someone/model")
    assert len(server.asked) < 30


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("missing", "no such repository, or it is private"),
        ("gated", "accept its licence"),
        ("silent", "stopped answering"),
        ("broken", "500"),
        ("short", "should be of size 10240 but has size 5120"),
        ("corrupt", r"vision_model\.onnx of someone/model arrived with a wrong checksum"),
    ],
)
def test_every_fault_becomes_a_sentence(serve: Serve, models: Path, fault: Fault, sentence: str) -> None:
    serve(fault=fault)
    with pytest.raises(ModelError, match=sentence):
        hub.folder("someone/model")
    assert not (models / "someone--model").exists()


def test_bytes_with_a_wrong_checksum_are_not_built_upon(serve: Serve) -> None:
    server = serve(fault="corrupt")
    with pytest.raises(ModelError, match="Try again"):
        hub.folder("someone/model")
    server.fault = ""
    assert (hub.folder("someone/model") / "onnx/vision_model.onnx").read_bytes() == GRAPH


def test_a_hub_that_is_not_there_is_a_sentence(serve: Serve) -> None:
    server = serve()
    server.__exit__(None, None, None)
    with pytest.raises(ModelError, match=r"could not be downloaded: .*clip/<folder>"):
        hub.folder("someone/model")


def test_offline_mode_is_a_sentence(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        hub.folder("someone/model")
    assert server.asked == []


def test_a_download_by_another_process_is_not_waited_for(serve: Serve, models: Path) -> None:
    serve()
    models.mkdir(parents=True)
    with FileLock(models / "someone--model.lock"), pytest.raises(ModelError, match="Another process"):
        hub.folder("someone/model")


def test_a_repository_without_onnx_files_is_refused_before_a_download(serve: Serve) -> None:
    server = serve({"model.safetensors": b"for another library"})
    with pytest.raises(ModelError, match="has 0 ONNX files"):
        hub.folder("someone/model")
    assert server.asked == ["GET model"]


@pytest.mark.parametrize("name", ["nowhere", "a/b/c", "../secret", "/no/such/folder", "owner/na me"])
def test_what_is_no_repository_is_never_asked_for(serve: Serve, name: str) -> None:
    server = serve()
    with pytest.raises(ModelError, match="neither a folder that exists here nor a repository"):
        hub.folder(name)
    assert server.asked == []


@needs_tiny
def test_a_model_of_the_hub_gives_the_vectors_of_the_same_model_in_a_folder(serve: Serve) -> None:
    serve(
        {path.relative_to(TINY).as_posix(): path.read_bytes() for path in TINY.rglob("*") if path.is_file()}
    )
    brought, local = ClipEmbedder("someone/model"), ClipEmbedder(str(TINY))
    picture = Image.new("RGB", (300, 200), "teal")
    assert np.array_equal(brought.embed_images([picture]), local.embed_images([picture]))
    assert np.array_equal(brought.embed_texts(["a cat"]), local.embed_texts(["a cat"]))


def test_the_hub_is_the_one_that_hf_endpoint_names(serve: Serve, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from django.conf import settings;"
        f"settings.configure(DATA_DIR=Path({str(tmp_path)!r}));"
        "from imagesearch.embeddings.onnx import hub; print(hub.folder('someone/model'))"
    )
    environment = {**os.environ, "HF_ENDPOINT": serve().url, "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == str(tmp_path / "models" / "someone--model"), done.stderr
