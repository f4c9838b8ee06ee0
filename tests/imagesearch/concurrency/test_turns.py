"""Turns on the cores: how many run at once, who goes first, who is turned away. Threads wait for events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from PIL import Image

from imagesearch.concurrency import turns as lanes
from imagesearch.concurrency.turns import (
    ConcurrencyLimiter,
    CoreLimiter,
    LimitReached,
    Priority,
    released,
    uploading,
)
from imagesearch.embeddings.embed import image_vectors, text_vector
from imagesearch.images.decode import decode
from tests.conftest import draw
from tests.support.embedder import ColourEmbedder

SOON = 30  # seconds; only a test that fails waits for so long


class Visitor(threading.Thread):
    """Takes a turn in a thread of its own, and keeps it until it is told to leave."""

    def __init__(self, name: str, turn: Callable[[], AbstractContextManager[None]], log: list[str]) -> None:
        super().__init__(daemon=True)
        self.name, self.turn, self.log = name, turn, log
        self.inside, self.told = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self.turn():
            self.log.append(self.name)
            self.inside.set()
            assert self.told.wait(SOON)

    def leave(self) -> None:
        self.told.set()
        self.join(SOON)


def until(condition: Callable[[], bool]) -> None:
    """Let other threads go on until it holds."""
    pause = threading.Event()
    for _ in range(SOON * 1000):
        if condition():
            return
        pause.wait(0.001)
    raise AssertionError("it never came to that")


def queue(
    turns: ConcurrencyLimiter,
    log: list[str],
    *visitors: tuple[str, Callable[[], AbstractContextManager[None]]],
) -> Any:
    """These visitors, each of whom waits before the next one comes."""
    waiting = []
    for name, turn in visitors:
        before = turns.waiting()
        waiting.append(Visitor(name, turn, log))
        until(lambda before=before: turns.waiting() == before + 1)
    return waiting


def upload(cores: CoreLimiter) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def turn() -> Iterator[None]:
        with uploading(), cores.turn():
            yield

    return turn


def test_a_search_goes_before_uploads_that_came_earlier() -> None:
    cores, log = CoreLimiter(1), list[str]()
    running = [Visitor("first upload", upload(cores), log), Visitor("first search", cores.turn, log)]
    for visitor in running:
        assert visitor.inside.wait(SOON)  # an upload on the one core, and a search beside it
    waiting = queue(
        cores.turns, log, ("upload", upload(cores)), ("search", cores.turn), ("next search", cores.turn)
    )
    for visitor in [*running, waiting[1], waiting[2], waiting[0]]:
        assert visitor.inside.wait(SOON)
        visitor.leave()
    assert log[2:] == ["search", "next search", "upload"]
    assert (cores.turns.running("cores"), cores.turns.waiting()) == (0, 0)


def test_uploads_alone_never_keep_a_search_waiting() -> None:
    cores, log = CoreLimiter(2), list[str]()
    uploads = [Visitor(str(number), upload(cores), log) for number in range(2)]
    for visitor in uploads:
        assert visitor.inside.wait(SOON)
    (third,) = queue(cores.turns, log, ("third", upload(cores)))
    with cores.turn():
        assert not third.inside.is_set()
    for visitor in [*uploads, third]:
        visitor.leave()


def test_large_work_is_done_one_by_one_and_does_not_hold_up_small_work() -> None:
    cores, log = CoreLimiter(8), list[str]()
    large = Visitor("large", lambda: cores.turn(large=True), log)
    assert large.inside.wait(SOON)
    (second,) = queue(cores.turns, log, ("second large", lambda: cores.turn(large=True)))
    with cores.turn():
        assert not second.inside.is_set()
    large.leave()
    assert second.inside.wait(SOON)
    second.leave()


def test_a_turn_within_a_turn_is_part_of_it() -> None:
    cores = CoreLimiter(1)
    with uploading(), cores.turn(), cores.turn(), cores.turn(large=True):
        assert cores.turns.running("cores") == 1


def test_a_turn_can_be_given_back_for_a_while() -> None:
    cores = CoreLimiter(1)
    with released():
        pass  # there is none to give back
    with uploading(), cores.turn():
        with released():
            assert cores.turns.running("cores") == 0
            with cores.turn():
                assert cores.turns.running("cores") == 1
        assert cores.turns.running("cores") == 1
    assert cores.turns.running("cores") == 0


def test_an_error_gives_the_turn_back() -> None:
    cores = CoreLimiter(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), cores.turn():
            raise ValueError("broken")
    assert cores.turns.running("cores") == 0


def test_who_will_not_wait_is_turned_away_and_told_what_is_full() -> None:
    turns = ConcurrencyLimiter()
    limits: dict[Hashable, int] = {("a client",): 2, "all": 1}
    with turns.turn(limits), pytest.raises(LimitReached) as refused, turns.turn(limits, timeout=0):
        pass
    assert refused.value.full == "all"
    with turns.turn(limits):
        pass
    assert turns.waiting() == turns.running("all") == turns.running(("a client",)) == 0


def test_only_so_many_may_wait() -> None:
    turns, log = ConcurrencyLimiter(), list[str]()
    with turns.turn({"all": 1}):
        (waiting,) = queue(turns, log, ("waiting", lambda: turns.turn({"all": 1})))
        with pytest.raises(LimitReached), turns.turn({"all": 1}, max_waiting=1):
            pass
        with turns.turn({"others": 1}, max_waiting=0):
            pass  # nothing that it needs is full
    assert waiting.inside.wait(SOON)
    waiting.leave()


def test_at_no_moment_more_run_than_allowed() -> None:
    """Forty threads, five hundred turns each; every one notes the most that it saw inside."""
    cores, most = CoreLimiter(3), dict.fromkeys(Priority, 0)
    inside, lock = {Priority.SEARCH: 0, Priority.UPLOAD: 0}, threading.Lock()

    def run(priority: Priority) -> None:
        with ExitStack() as stack:
            if priority == Priority.UPLOAD:
                stack.enter_context(uploading())
            for _ in range(500):
                with cores.turn():
                    with lock:
                        inside[priority] += 1
                        most[priority] = max(most[priority], inside[priority])
                        most[Priority.SEARCH] = max(most[Priority.SEARCH], sum(inside.values()))
                    with lock:
                        inside[priority] -= 1

    threads = [threading.Thread(target=run, args=[Priority(number % 2)]) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[Priority.UPLOAD] <= 3
    assert most[Priority.SEARCH] <= 4
    assert (cores.turns.running("cores"), cores.turns.waiting()) == (0, 0)


# --- what takes a turn -------------------------------------------------------------------------------------


@pytest.fixture
def cores(monkeypatch: Any) -> CoreLimiter:
    made = CoreLimiter(4)
    monkeypatch.setattr(lanes, "cores", made)
    return made


class Watching(ColourEmbedder):
    """Notes how many turns run while it is asked."""

    def __init__(self, cores: CoreLimiter) -> None:
        self.cores, self.seen = cores, list[int]()

    def embed_images(self, images: Any) -> Any:
        self.seen.append(self.cores.turns.running("cores"))
        return super().embed_images(images)

    def embed_texts(self, texts: Any, purpose: Any = "query") -> Any:
        self.seen.append(self.cores.turns.running("cores"))
        return super().embed_texts(texts, purpose)


def embed(model: Any) -> None:
    image_vectors(model, [Image.new("RGB", (4, 4), "red")])
    text_vector(model, "red")


def test_a_model_in_this_process_takes_a_turn_for_each_batch(cores: CoreLimiter) -> None:
    model = Watching(cores)
    embed(model)
    assert model.seen == [1, 1]


def test_a_remote_model_takes_none(cores: CoreLimiter, monkeypatch: Any) -> None:
    monkeypatch.setattr(Watching, "local", False)
    model = Watching(cores)
    embed(model)
    assert model.seen == [0, 0]


@pytest.mark.parametrize("work", ["tile", "view", "palette", "color"])
def test_what_is_made_of_a_picture_takes_a_turn(cores: CoreLimiter, monkeypatch: Any, work: str) -> None:
    taken: list[bool] = []
    turn = cores.turn

    def counted(*, large: bool = False) -> AbstractContextManager[None]:
        taken.append(large)
        return turn(large=large)

    monkeypatch.setattr(cores, "turn", counted)
    photo = decode(draw("red"))
    assert taken == [False]  # of the decoding
    getattr(photo, work)()
    assert taken == [False, False]
