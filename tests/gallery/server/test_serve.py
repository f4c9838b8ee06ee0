"""`manage.py serve`: what ends is started again, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from gallery.management.commands.serve import environ
from gallery.server.supervisor import HEALTHY_AFTER, Child, supervise
from tests.support.serving import Running, prepare, serving
from tests.support.timing import PATIENCE, wait_until


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- one child -------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], list[str]]:
    """Writes a module that a child runs."""

    def write(code: str) -> list[str]:
        (tmp_path / "program.py").write_text(code)
        return ["program"]

    return write


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def end_after(child: Child, started: float, lived: float) -> float:
    """Start it at that time, wait for its end, and have it noticed. Returns the pause after it."""
    child.check(started)
    assert child.process is not None
    child.process.wait(PATIENCE)
    before = child.pause
    child.check(started + lived)
    assert child.process is None
    child.check(started + lived + child.pause / 2 - 0.01)
    assert child.process is None or child.pause < before
    return child.pause


def test_the_pause_before_a_start_doubles_to_a_minute_and_is_short_again_after_a_long_life(
    module: Callable[[str], list[str]], environment: dict[str, str]
) -> None:
    child = Child("It", module("raise SystemExit(3)"), environment)
    now, pauses = 1000.0, []
    for _ in range(8):
        pauses.append(child.pause)
        end_after(child, now, lived=0.0)
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    end_after(child, now, lived=HEALTHY_AFTER)
    assert child.pause == 2  # it was 1 again, and has doubled


def test_what_runs_once_is_not_started_again(
    module: Callable[[str], list[str]], environment: dict[str, str]
) -> None:
    child = Child("It", module("raise SystemExit(3)"), environment, again=False)
    end_after(child, 0.0, lived=0.0)
    child.check(10_000.0)
    assert child.process is None


def test_a_start_that_the_system_refuses_is_tried_again(
    module: Callable[[str], list[str]], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child("It", module("input()"), environment)
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", Mock(side_effect=BlockingIOError("no more processes")))
        child.check(0.0)
    child.check(0.5)
    assert child.process is None
    child.check(1.0)
    assert child.process is not None
    child.wait(0.0)


def test_the_end_is_gentle_first(
    module: Callable[[str], list[str]], environment: dict[str, str], tmp_path: Path
) -> None:
    code = """
import pathlib, signal, sys
here = pathlib.Path(__file__).parent
signal.signal(signal.SIGTERM, lambda *_: ((here / "ended").touch(), sys.exit(0)))
(here / "started").touch()
signal.pause()
"""
    child, stop = Child("It", module(code), environment), threading.Event()
    thread = threading.Thread(target=supervise, args=([child], stop))
    thread.start()
    wait_until((tmp_path / "started").exists)
    stop.set()
    thread.join(PATIENCE)
    assert (tmp_path / "ended").exists()


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    prepare(folder)
    return folder


@pytest.fixture
def served(data: Path) -> Iterator[Running]:
    with serving(data, "manage", "serve") as running:
        yield running


def children(served: Running) -> dict[str, int]:
    """Process ids by what they run, which is the third argument."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (folder / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == served.process.pid and len(arguments) > 3:
            found[arguments[3]] = int(folder.name)
    return found


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@linux
@pytest.mark.slow
def test_a_worker_and_a_server_that_die_are_started_again(served: Running) -> None:
    first = children(served)
    for name, pid in first.items():
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda name=name: children(served).get(name, first[name]) != first[name])
        served.wait_until_live()
    assert served.process.poll() is None
    assert set(children(served)) == {"gallery.server.wsgi", "gallery"}


@linux
@pytest.mark.slow
def test_nothing_outlives_a_killed_serve(served: Running) -> None:
    pids = list(children(served).values())
    assert len(pids) == 2
    served.process.kill()
    wait_until(lambda: not any(lives(pid) for pid in pids))


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_told_to(served: Running, number: signal.Signals) -> None:
    pids = list(children(served).values())
    served.process.send_signal(number)
    assert served.process.wait(PATIENCE) == 0
    assert not any(lives(pid) for pid in pids)


@pytest.mark.slow
def test_a_proxy_without_its_address_is_said_at_start(data: Path) -> None:
    more = {"PUBLIC_URL": "https://pictures.example", "ALLOWED_HOSTS": "localhost"}
    for proxies, said in (("127.0.0.1", 0), ("", 1)):
        with serving(data, "manage", "serve", TRUSTED_PROXIES=proxies, **more) as served:
            assert served.log.count("TRUSTED_PROXIES is empty") == said


@linux
@pytest.mark.slow
def test_several_servers_share_the_port(data: Path) -> None:
    with serving(data, "manage", "serve", WEB_CONCURRENCY="2") as served:
        assert served.get("/").status == 200
        servers = subprocess.run(
            ["ps", "-ww", "--ppid", str(served.process.pid), "-o", "args="], capture_output=True, text=True
        ).stdout.count("gallery.server.wsgi")
        assert servers == 2
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(PATIENCE) == 0


def test_the_processes_find_the_code_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gallery.server.supervisor", "gallery.server.wsgi", "--help"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as run:
        assert run.wait(PATIENCE) == 0
