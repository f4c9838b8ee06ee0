"""Which threads answer which request, and in which order uploads of several clients are taken."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from gallery.server.queues import ClientQueue
from gallery.server.wsgi import Dispatcher


def channel(
    address: str, number: int = 0, *, command: str = "POST", path: str = "/add/", error: Any = None
) -> Any:
    return SimpleNamespace(
        addr=(address, 4711),
        number=number,
        requests=[SimpleNamespace(command=command, path=path, error=error)],
    )


def order(queue: ClientQueue) -> list[tuple[str, int]]:
    taken = []
    while queue:
        waiting: Any = queue.popleft()
        taken.append((waiting.addr[0], waiting.number))
    return taken


def test_clients_take_turns_and_each_keeps_its_order() -> None:
    queue = ClientQueue()
    for address, number in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("b", 2)]:
        queue.append(channel(address, number))
    assert len(queue) == 6
    assert order(queue) == [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2), ("a", 3)]


def test_who_comes_late_waits_for_one_request_of_a_busy_client() -> None:
    queue = ClientQueue()
    for number in range(100):
        queue.append(channel("busy", number))
    queue.popleft()
    queue.append(channel("late"))
    assert order(queue)[:3] == [("busy", 1), ("late", 0), ("busy", 2)]


def test_an_empty_queue_gives_nothing() -> None:
    queue = ClientQueue()
    assert (len(queue), bool(queue)) == (0, False)
    with pytest.raises(IndexError):
        queue.popleft()


@pytest.fixture
def dispatcher(settings: Any) -> Any:
    settings.UPLOADS_AT_ONCE = 2
    made = Dispatcher(3)
    yield made
    for pool in (made.pages, made.uploads, *made.health.values()):
        pool.shutdown()


@pytest.mark.parametrize(
    ("command", "path", "pool"),
    [
        ("POST", "/add/", "uploads"),
        ("POST", "/api/images", "uploads"),
        ("POST", "/photos/api/images", "uploads"),
        ("GET", "/add/", "pages"),
        ("GET", "/api/images", "pages"),
        ("POST", "/api/search", "pages"),
        ("POST", "/search/picture", "pages"),
        ("PATCH", "/api/images/7", "pages"),
        ("GET", "/", "pages"),
    ],
)
def test_uploads_have_threads_of_their_own(
    dispatcher: Dispatcher, command: str, path: str, pool: str
) -> None:
    request = channel("a", command=command, path=path).requests[0]
    assert dispatcher.pool(request) is getattr(dispatcher, pool)


def test_health_and_what_is_not_http_have_theirs(dispatcher: Dispatcher) -> None:
    live, ready = (dispatcher.health[path] for path in ("/healthz/live", "/healthz/ready"))
    assert dispatcher.pool(channel("a", command="GET", path="/healthz/live").requests[0]) is live
    assert dispatcher.pool(channel("a", command="GET", path="/healthz/ready").requests[0]) is ready
    assert dispatcher.pool(channel("a", path="", error="bad").requests[0]) is live


def test_waiting_uploads_keep_no_page_waiting(dispatcher: Dispatcher) -> None:
    """Two run, eight wait; then a page is asked for, and answered."""
    running, end, answered = threading.Semaphore(0), threading.Event(), threading.Event()

    def upload() -> None:
        running.release()
        assert end.wait(30)

    for number in range(10):
        one = channel("a", number)
        one.service = upload
        dispatcher.add_task(one)
    for _ in range(2):
        assert running.acquire(timeout=30)
    page = channel("b", command="GET", path="/")
    page.service = answered.set
    try:
        dispatcher.add_task(page)
        assert answered.wait(30)
        assert not running.acquire(blocking=False)  # no third upload has begun
    finally:
        end.set()
