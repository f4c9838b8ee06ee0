"""A gallery to measure: in a folder that is thrown away, behind the real server."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

ROOT = Path(__file__).parent.parent


@contextmanager
def scratch(url: str = "") -> Iterator[Path]:
    """Django, set up on an empty gallery without limits on searches; in SQLite, or in a database of its own
    on the TiDB server of `url`, never in the one that DATABASE_URL names.
    """
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="gallery-bench-") as folder, database(url) as own:
        os.environ |= {
            **({"DATABASE_URL": own} if own else {}),
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "imagesearch.settings",
            "LOG_LEVEL": "ERROR",
        }
        os.environ |= {"SEARCHES_PER_MINUTE": "100000", "WORD_SEARCHES_PER_MINUTE": "100000"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield Path(folder)


@contextmanager
def database(url: str) -> Iterator[str]:
    """The URL of an empty database on that TiDB server, dropped afterwards; "" for none."""
    if not url:
        yield ""
        return
    import MySQLdb

    parts = urlsplit(url)
    name = f"gallery_bench_{secrets.token_hex(4)}"
    about = {"host": parts.hostname, "port": parts.port or 4000, "user": parts.username or "root"}
    connection = MySQLdb.connect(**about, password=unquote(parts.password or ""))
    connection.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with suppress(MySQLdb.Error):
            connection.ping()
            connection.query(f"DROP DATABASE {name}")


@contextmanager
def worker() -> Iterator[None]:
    """The worker that embeds what saves have left."""
    process = subprocess.Popen([sys.executable, "manage.py", "embed_images", "--watch"], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def commands(port: int) -> dict[str, list[str]]:
    """How the gallery's own server is started, and others to compare it with, where they are installed."""
    address = f"127.0.0.1:{port}"
    threads = ["--worker-class", "gthread", "--threads", "8", "--no-control-socket", "--log-level", "error"]
    granian = ["--interface", "wsgi", "--blocking-threads", "8", "--log-level", "error"]
    application = "imagesearch.wsgi:application"
    return {
        "gallery": ["gallery.server.wsgi"],
        "gunicorn": ["gunicorn", application, "--bind", address, *threads],
        "granian": ["granian", application, "--host", "127.0.0.1", "--port", str(port), *granian],
        "waitress": ["waitress", "--threads=8", f"--listen={address}", application],
    }


@contextmanager
def server(name: str = "gallery", *, quiet: bool = False) -> Iterator[str]:
    """The address of the running server; `name` is one of `commands`. `quiet` hides its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", *commands(port)[name]],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL if quiet else None,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(f"{base}/healthz/ready", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
