"""Makes the default model's own files from the installed packages, once per machine, in a second or two."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from imagesearch.configuration.conf import setting
from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.builtin.anchors import class_anchors
from imagesearch.embeddings.builtin.effnet import Weights, network
from imagesearch.embeddings.builtin.packages import NETWORK, TOKENIZER, WORD_TABLE
from imagesearch.embeddings.builtin.torch_pickle import read_weights
from imagesearch.embeddings.builtin.words import WordTable
from imagesearch.errors import ModelError

NAME = "everyday-v1"
LOOK = 256  # dimensions of the visual part
LOCK_SECONDS = 60  # another process needs two


def prepared() -> Path:
    """The folder that holds `model.onnx` and `consts.npz`, made if it is not there.

    It appears complete or not at all. Raises ModelError.
    """
    folder = Path(setting("DATA_DIR")) / "models" / NAME
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock"), timeout=LOCK_SECONDS):
            if not folder.is_dir():
                make(folder)
    except Timeout as error:
        raise ModelError(
            f"Another process has been preparing {folder} for {LOCK_SECONDS} seconds. End it, or try again."
        ) from error
    except OSError as error:
        raise ModelError(f"The default model cannot be written to {folder}: {error.strerror}.") from error
    return folder


def make(folder: Path) -> None:
    """Write both files beside the folder and move them there in one step."""
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
    part.mkdir()
    try:
        weights = read_weights(NETWORK.checked())
        write(part / "model.onnx", network(weights))
        save_constants(part / "consts.npz", weights)
        part.rename(folder)
    except OSError:  # half of it would keep a full disk full
        shutil.rmtree(part, ignore_errors=True)
        raise


def save_constants(path: Path, weights: Weights) -> None:
    """`looks` (1280, 256), `anchors` (1000, 256) around their mean, and that `mean` (256,)."""
    anchors = class_anchors(WordTable(WORD_TABLE.checked(), TOKENIZER.checked()))
    mean = anchors.mean(axis=0)
    with path.open("wb") as file:
        np.savez(
            file, looks=discriminative_directions(weights["_fc.weight"]), anchors=anchors - mean, mean=mean
        )
        file.flush()
        os.fsync(file.fileno())


def discriminative_directions(classifier: Matrix) -> Matrix:
    """(1280, 256): the directions of the features in which the classes differ most.

    The top eigenvectors of the scatter of the classifier's 1,000 rows: better than directions learnt from
    photos, and no photos needed. Eigenvectors are free to point either way, and libraries differ; the largest
    entry of each is made positive, so that vectors from two machines can be compared.
    """
    spread = classifier.astype(np.float64)
    spread -= spread.mean(axis=0)
    _, vectors = np.linalg.eigh(spread.T @ spread)
    top = vectors[:, ::-1][:, :LOOK]
    largest = np.take_along_axis(top, np.abs(top).argmax(axis=0)[None], axis=0)
    looks: Matrix = (top * np.sign(largest)).astype(np.float32)
    return looks


def write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
