"""The Dockerfile and compose.yaml, as far as they can be checked without a container engine."""

from __future__ import annotations

import json
import re
import shutil
import socketserver
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]


def instructions(name: str) -> list[str]:
    return re.findall(rf"^\s*{name} +(.*)$", DOCKERFILE, re.M)


# --- the Dockerfile ------------------------------------------------------------------------------


def test_what_the_image_copies_exists_and_is_let_through() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"
    }
    copied = {
        name for line in instructions("COPY") if not line.startswith("--from") for name in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)
    assert {"imagesearch", "gallery", "templates", "static", "manage.py"} <= copied


def test_the_image_sets_only_what_the_gallery_knows() -> None:
    environment = dict(pair.split("=", 1) for pair in instructions("ENV")[-1].split())
    documented = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert environment["DATA_DIR"] in instructions("VOLUME")
    assert environment["PORT"] in instructions("EXPOSE")
    for name in set(environment) - {"PATH", "PYTHONUNBUFFERED"}:
        assert f"`{name}`" in documented


def test_the_image_serves_as_a_user_without_rights() -> None:
    assert instructions("USER") == ["gallery"]
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["python", "manage.py", "run"]


def test_the_image_has_the_python_that_the_project_takes() -> None:
    least = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    bases = instructions("FROM")
    versions = {re.match(r"python:3\.(\d+)-slim-bookworm", base).group(1) for base in bases}  # type: ignore[union-attr]
    assert len(versions) == 1
    assert int(versions.pop()) >= int(least.rpartition(".")[2])


class _Answers(socketserver.StreamRequestHandler):
    """Reads a request's first line, unless it is to speak first, and says what it was told to say."""

    def handle(self) -> None:
        if self.server.waits:  # type: ignore[attr-defined]
            self.rfile.readline()
        self.wfile.write(self.server.words)  # type: ignore[attr-defined]


@contextmanager
def answering(words: bytes, *, waits: bool = True) -> Iterator[int]:
    """A port of this machine that answers each connection with these words."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Answers) as server:
        server.words, server.waits = words, waits  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(("status", "healthy"), [(b"200 OK", True), (b"503 Service Unavailable", False)])
def test_the_image_is_healthy_while_the_gallery_is_ready(status: bytes, healthy: bool) -> None:
    command = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    assert command[0] == "python"
    with answering(b"HTTP/1.0 %s\r\n\r\n{}" % status) as port:
        run = subprocess.run(
            [sys.executable, *command[1:]], env={"PORT": str(port)}, capture_output=True, check=False
        )
    assert (run.returncode == 0) is healthy


# --- compose.yaml ----------------------------------------------------------------------------------


def test_tidbs_parts_are_pinned_to_one_release() -> None:
    images = dict(SERVICES[name]["image"].split(":") for name in ("pd", "tikv", "tiflash", "tidb"))
    assert set(images) == {"pingcap/pd", "pingcap/tikv", "pingcap/tiflash", "pingcap/tidb"}
    release = images["pingcap/tidb"]
    assert set(images.values()) == {release}
    assert re.fullmatch(r"v\d+\.\d+\.\d+", release)
    assert release in (ROOT / "docs/tidb.md").read_text(encoding="utf-8")


def test_nothing_is_open_to_other_machines() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"gallery"}  # root of TiDB has no password here
    assert all(port.startswith("127.0.0.1:") for port in ports["gallery"])


def test_what_must_be_kept_lies_in_named_volumes() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
    assert all(
        volume.endswith(":/data") for service in SERVICES.values() for volume in service.get("volumes", [])
    )


def test_who_waits_for_another_waits_for_one_that_says_when_it_is_ready() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "test" in SERVICES[name].get("healthcheck", {}) or SERVICES[name].get("build") == "."


def test_the_index_is_made_by_the_same_image_on_the_same_database() -> None:
    gallery, index = SERVICES["gallery"], SERVICES["vector-index"]
    assert index["entrypoint"] == ["python", "manage.py", "vector_index", "create"]
    assert [index[key] for key in ("image", "environment", "volumes")] == [
        gallery[key] for key in ("image", "environment", "volumes")
    ]


def test_tidbs_files_are_whole_and_name_each_other() -> None:
    contents = {name: tomllib.loads(config["content"]) for name, config in COMPOSE["configs"].items()}
    taken = [config for service in SERVICES.values() for config in service.get("configs", [])]
    assert {config["source"] for config in taken} == set(contents)
    targets = {config["target"] for config in taken}
    assert contents["tiflash"]["flash"]["proxy"]["config"] in targets
    named = " ".join(option for service in SERVICES.values() for option in service.get("command", []))
    assert set(re.findall(r"/[\w-]+\.toml", named)) <= targets
    hosts = re.findall(r"(?:://|[=\"@])([a-z]\w*):\d+", json.dumps(COMPOSE))
    assert set(hosts) <= set(SERVICES)


PD_HEALTH = b'HTTP/1.0 200 OK\r\n\r\n[{"name": "pd", "health": %s}]'


@pytest.mark.parametrize(
    ("name", "answer", "healthy"),
    [
        ("pd", PD_HEALTH % b"true", True),
        ("pd", PD_HEALTH % b"false", False),
        ("tikv", b"HTTP/1.0 200 OK\r\n\r\n{}", True),
        ("tikv", b"HTTP/1.0 500 Internal Server Error\r\n\r\n", False),
        ("tiflash", b"HTTP/1.0 200 OK\r\n\r\nRunning", True),
        ("tiflash", b"HTTP/1.0 200 OK\r\n\r\nIdle", False),
        ("tidb", b"J\0\0\0\x0a8.0.11-TiDB-v8.5.6\0", True),
        ("tidb", b"", False),
    ],
)
def test_a_part_is_healthy_when_it_says_so(name: str, answer: bytes, healthy: bool) -> None:
    if not shutil.which("bash"):
        pytest.skip("the health checks are written for bash, which the images have and this machine has not")
    *command, script = SERVICES[name]["healthcheck"]["test"][1:]
    with answering(answer, waits=name != "tidb") as port:
        script = re.sub(r"(?<=127\.0\.0\.1/)\d+", str(port), script).replace("$$", "$")
        run = subprocess.run([*command, script], capture_output=True, check=False, timeout=20)
    assert (run.returncode == 0) is healthy
