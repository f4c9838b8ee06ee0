"""A model is loaded on first use, once, and nobody waits for it for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch.concurrency.turns import CoreLimiter
from imagesearch.embeddings import lazy
from imagesearch.embeddings.lazy import loaded_once
from imagesearch.errors import ModelError


class Model:
    def __init__(self, fail: int = 0) -> None:
        self.loads = 0
        self.fail = fail
        self.go = threading.Event()
        self.go.set()

    @loaded_once
    def weights(self) -> str:
        """The numbers."""
        self.loads += 1
        self.go.wait(10)
        if self.loads <= self.fail:
            raise ModelError("The disk is away.")
        return "weights"


def test_many_threads_load_once() -> None:
    model = Model()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: model.weights, range(30))) == {"weights"}
    assert model.loads == 1


def test_each_model_has_its_own() -> None:
    one, other = Model(), Model()
    assert (one.weights, other.weights, one.loads, other.loads) == ("weights", "weights", 1, 1)


def test_loading_one_model_holds_up_no_other() -> None:
    slow, other = Model(), Model()
    slow.go.clear()
    loading = threading.Thread(target=lambda: slow.weights)
    loading.start()
    try:
        assert other.weights == "weights"
    finally:
        slow.go.set()
        loading.join()


def test_loading_takes_no_turn_on_a_core() -> None:
    class Asking:
        @loaded_once
        def turns(self) -> int:
            return cores.turns.running("cores")

    cores = CoreLimiter(1)
    with cores.turn():
        assert Asking().turns == 0


def test_a_failed_load_is_tried_again() -> None:
    model = Model(fail=1)
    with pytest.raises(ModelError, match="The disk is away"):
        _ = model.weights
    assert model.weights == "weights"


def test_nobody_waits_for_a_download_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "PATIENCE", 0.05)
    model = Model()
    model.go.clear()
    loading = threading.Thread(target=lambda: model.weights)
    loading.start()
    try:
        while not model.loads:
            pass
        with pytest.raises(ModelError, match="still being loaded"):
            _ = model.weights
    finally:
        model.go.set()
        loading.join()
    assert model.weights == "weights"
