"""The real web server: slow clients hold nobody, bodies have limits, and HTTP is answered as it should be."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conftest import draw
from tests.support.serving import Running, prepare, serving
from tests.support.timing import wait_until

pytestmark = pytest.mark.slow
LIMIT = 1_000_000
OVERHEAD = 64 * 1024
SEARCH = "POST /api/search"
FORM = "Content-Type: multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Running]:
    with serving(
        data,
        WEB_THREADS="2",
        WEB_CONNECTIONS="60",
        MAX_IMAGE_BYTES=str(LIMIT),
        UPLOAD_SPOOL_BYTES=str(4_000_000),
        LOG_LEVEL="WARNING",
    ) as running:
        yield running


def form(size: int) -> bytes:
    """A form of so many bytes with a picture that cannot be read."""
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    return head + b"x" * (size - len(head) - 9) + b"\r\n--x--\r\n"


def chunked(body: bytes, size: int = 50_000) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


# --- slow clients ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: x",
        b"POST /search/picture HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nx",
        b"POST /search/picture HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx",
        b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",  # and never reads the answer
    ],
    ids=["silent", "letter", "head", "body", "chunks", "reader"],
)
def test_clients_that_never_end_hold_nobody(server: Running, begun: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(closing(server.connect())).socket.sendall(begun)
        assert server.get("/").status == 200
        assert server.get("/healthz/live").status == 200


def test_beyond_the_limit_of_connections_the_slowest_goes(server: Running) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(closing(server.connect()))
        first.socket.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(80):
            stack.enter_context(closing(server.connect())).socket.sendall(b"GET / HTTP/1.1\r\n")
        assert first.is_closed()
        assert server.get("/").status == 200


def test_bodies_that_fill_the_spool_give_way_to_one_that_comes(server: Running) -> None:
    with ExitStack() as stack:
        small = stack.enter_context(closing(server.connect()))  # in memory, so it takes nothing of the spool
        small.send(SEARCH, FORM, "Content-Length: 10000", body=form(10_000)[:5000])
        stalled = [stack.enter_context(closing(server.connect())) for _ in range(4)]
        for size, connection in zip((700_000, 750_000, 800_000, 850_000), stalled, strict=True):
            connection.send(SEARCH, FORM, "Content-Length: 1000000", body=b"x" * size)
            wait_for_spooled(server, size)

        taken = server.ask(SEARCH, FORM, "Content-Length: 950000", body=form(950_000))

        assert taken.error == "bad_image"  # it was read
        refused = stalled[0].answer()
        assert (refused.status, refused.error) == (503, "too_many_uploads")
        assert refused.headers["Retry-After"]
        small.socket.sendall(form(10_000)[5000:])
        assert small.answer().error == "bad_image"


def wait_for_spooled(server: Running, size: int) -> None:
    """Until a file of that size, but for what is still in its buffer, is open in the server."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    if not folder.exists():
        pytest.skip("looks into /proc")
    wait_until(lambda: any(size - 10_000 <= length <= size for length in map(length_of, folder.iterdir())))


def length_of(path: Path) -> int:
    """Bytes of an open file; 0 of one that has just been closed."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


def test_bodies_lie_in_the_data_folder_without_a_name(server: Running, data: Path) -> None:
    with closing(server.connect()) as stalled:
        stalled.send(SEARCH, FORM, "Content-Length: 500000", body=b"x" * 400_001)
        wait_for_spooled(server, 400_001)
        files = [os.readlink(path) for path in Path(f"/proc/{server.process.pid}/fd").iterdir()]
        assert any(name.startswith(str(data / "tmp")) for name in files)
        assert not any((data / "tmp").iterdir())


# --- bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda body: body, chunked], ids=["plain", "chunked"])
def test_a_body_is_taken_to_the_limit_and_refused_beyond(server: Running, wrap: object) -> None:
    chunks = wrap is chunked
    for size, code in ((LIMIT, "bad_image"), (LIMIT + OVERHEAD + 1, "image_too_large")):
        body = form(size)
        how = "Transfer-Encoding: chunked" if chunks else f"Content-Length: {size}"
        answer = server.ask(SEARCH, FORM, how, body=chunked(body) if chunks else body)
        assert answer.error == code


def test_who_sends_far_too_much_sees_the_answer_and_not_a_reset(server: Running) -> None:
    size = 30 * 2**20
    with closing(server.connect()) as connection:
        connection.send("POST /add/", FORM, f"Content-Length: {size}", body=b"x" * size)
        answer = connection.answer()
        assert (answer.status, answer.headers["Connection"]) == (413, "close")
        assert b"Too large" in answer.body
        assert connection.is_closed()


def test_who_asks_before_sending_is_answered_at_once(server: Running) -> None:
    with closing(server.connect()) as connection:
        connection.send(SEARCH, FORM, f"Content-Length: {LIMIT * 2}", "Expect: 100-continue")
        assert connection.answer().status == 413
    body = form(50_000)
    with closing(server.connect()) as connection:
        connection.send(SEARCH, FORM, f"Content-Length: {len(body)}", "Expect: 100-continue")
        assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.socket.sendall(body)
        assert connection.answer().error == "bad_image"


def test_a_chunk_line_without_end_is_refused(server: Running) -> None:
    with closing(server.connect()) as connection:
        connection.send(SEARCH, "Transfer-Encoding: chunked", body=b"1;" + b"x" * 10_000)
        assert connection.answer().status == 400


def test_a_large_upload_arrives_whole(data: Path) -> None:
    picture = draw("red") + bytes(26_200_000)  # a PNG with something behind its end
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body = head + picture + b"\r\n--x--\r\n"
    with serving(data) as server:
        answer = server.ask(SEARCH, FORM, f"Content-Length: {len(body)}", body=body)
    assert answer.status == 200


# --- HTTP ------------------------------------------------------------------------------------------


def test_a_connection_serves_one_request_after_the_other(server: Running) -> None:
    with closing(server.connect()) as connection:
        connection.send("GET /api/openapi.json")
        page = connection.answer()
        assert page.status == 200
        connection.send("HEAD /api/openapi.json")
        head = connection.answer("HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(page.body))
        for _ in range(2):
            connection.send("GET /api/status")
            assert connection.answer().status == 200


def test_requests_sent_in_one_go_are_answered_in_their_order(server: Running) -> None:
    with closing(server.connect()) as connection:
        for path in ("/nothing-here", "/healthz/live", "/"):
            connection.send(f"GET {path}")
        assert [connection.answer().status for _ in range(3)] == [404, 200, 200]


def test_an_unchanged_file_keeps_the_connection(server: Running, data: Path) -> None:
    name = next((data / "static" / "css").glob("gallery.*.css")).name
    with closing(server.connect()) as connection:
        connection.send(f"GET /static/css/{name}")
        first = connection.answer()
        assert first.status == 200
        for _ in range(2):
            connection.send(f"GET /static/css/{name}", f"If-None-Match: {first.headers['ETag']}")
            again = connection.answer()
            assert (again.status, again.body) == (304, b"")
            assert "Connection" not in again.headers


def test_a_forwarded_request_is_not_from_this_machine(server: Running) -> None:
    assert server.get("/add/").status == 200
    for header in ("X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7", "Via: 1.1 proxy"):
        assert server.get("/add/", header).status == 302


def test_an_unknown_proxy_is_logged_once(data: Path) -> None:
    with serving(data, TRUSTED_PROXIES="127.0.0.1") as server:
        server.get("/healthz/live", "X-Forwarded-For: 203.0.113.7")
        assert "TRUSTED_PROXIES" not in server.log
    with serving(data) as server:
        for header in ("X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.7", "X-Forwarded-For: ::1"):
            server.get("/healthz/live", header)
        assert server.log.count("127.0.0.1 sends X-Forwarded-For") == 1


def test_a_proxy_that_forwards_no_address_is_logged_once(data: Path) -> None:
    with serving(data, TRUSTED_PROXIES="127.0.0.1", PUBLIC_URL="https://localhost") as server:
        for path in ("/healthz/live", "/status/", "/status/"):
            server.get(path)
        assert server.log.count("without X-Forwarded-For") == 1


@pytest.mark.parametrize("length", [475, 5_000])
def test_a_long_search_is_answered_by_our_own_page(server: Running, length: int) -> None:
    answer = server.get("/search/?q=" + "%E3%81%82" * length)
    assert answer.status in {200, 400}
    assert b"<html" in answer.body


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET /?" + "a=1&" * 11_000, []),
        ("GET /", ["Host: elsewhere.example"]),
        ("GET /add/?x=" + "a" * 50_000, ["X-Forwarded-For: 203.0.113.7"]),
    ],
    ids=["fields", "host", "redirect"],
)
def test_what_django_refuses_is_our_own_page(server: Running, line: str, headers: list[str]) -> None:
    with closing(server.connect()) as connection:
        host = [] if any("Host" in header for header in headers) else ["Host: localhost"]
        lines = [f"{line} HTTP/1.1", *host, *headers, "", ""]
        connection.socket.sendall("\r\n".join(lines).encode())
        answer = connection.answer()
        assert answer.status == 400
        assert b"gallery." in answer.body  # its style sheet


def test_a_head_beyond_all_measure_is_told_so(server: Running) -> None:
    with closing(server.connect()) as connection:
        connection.send("GET /?q=" + "a" * 200_000)
        answer = connection.answer()
        assert answer.status == 431
        assert b"64 KB" in answer.body


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",  # how https begins
    ],
)
def test_what_is_not_http_is_a_400(server: Running, request_: bytes) -> None:
    with closing(server.connect()) as connection:
        connection.socket.sendall(request_)
        assert connection.answer().status == 400
        assert connection.is_closed()


# --- health and the end ----------------------------------------------------------------------------


def test_health_is_answered_while_all_threads_are_busy(data: Path, tmp_path: Path) -> None:
    module = tmp_path / "blocked.py"
    module.write_text(BLOCKED)
    with serving(data, "blocked", PYTHONPATH=str(tmp_path), WEB_THREADS="1") as server, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(closing(server.connect())).send("GET /block")
        assert server.get("/healthz/live").status == 200
        assert server.get("/healthz/ready").status == 200
        (tmp_path / "go").touch()


def test_a_running_request_is_answered_before_the_end(data: Path, tmp_path: Path) -> None:
    module = tmp_path / "blocked.py"
    module.write_text(BLOCKED)
    with serving(data, "blocked", PYTHONPATH=str(tmp_path)) as server:
        idle, running = server.connect(), server.connect()
        with closing(idle), closing(running):
            running.send("GET /block")
            wait_until((tmp_path / "blocked").exists)
            server.process.send_signal(signal.SIGTERM)
            assert idle.is_closed()
            (tmp_path / "go").touch()
            assert running.answer().body == b"done"
            assert server.process.wait(30) == 0


BLOCKED = '''
"""The web server, one of whose pages waits for a file."""

import pathlib
import time

from gallery.server import wsgi as server

FOLDER = pathlib.Path(__file__).parent
application = server.get_wsgi_application()


def block(environ, start_response):
    if environ["PATH_INFO"] != "/block":
        return application(environ, start_response)
    (FOLDER / "blocked").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]


server.get_wsgi_application = lambda: block
server.main()
'''
