"""Serve the gallery: the web server, and the worker beside it, started and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gallery import access
from gallery.databases import is_behind, refuse_newer
from gallery.public_address import listening_url
from imagesearch.privacy import narrow

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
GRACE = 10.0
NUMPY = {"OPENBLAS_NUM_THREADS": "1"}
"""The server has threads of its own: four searches at once over 100,000 vectors took 4 ms each, and 10 ms
where each of them spread over both cores (alone it is 6 and 4 ms)."""


class Command(BaseCommand):
    help = "Serve the gallery with gunicorn, and run `embed_images --watch` beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--photos", metavar="SOURCE", help="import this folder, CSV or list of URLs while serving"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(databases=["default"])
        if line := narrow():
            self.stderr.write(line)
        refuse_newer("default")
        if is_behind("default"):
            raise CommandError("The database is behind this version. Run `manage.py quickstart`.")
        refuse_taken_port()
        call_command("collectstatic", interactive=False, verbosity=0)  # of this version, after a `git pull`
        self.stdout.write(f"{listening_url()} {access.mode()}")
        essential = [
            subprocess.Popen(web_server(), cwd=settings.BASE_DIR, env={**NUMPY, **os.environ}),
            subprocess.Popen([*MANAGE, "embed_images", "--watch"], cwd=settings.BASE_DIR),
        ]
        passing = (
            [subprocess.Popen([*MANAGE, "import_images", options["photos"]])] if options["photos"] else []
        )
        ended: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, frame: ended.append(received))
        try:
            while not ended and all(process.poll() is None for process in essential):
                time.sleep(0.2)
        finally:
            stop(essential + passing)
        if not ended:
            raise CommandError("The server or the worker ended by itself; its last lines above say why.")


def refuse_taken_port() -> None:
    """Raises CommandError where another program listens already."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, int(settings.PORT)))
        except OSError as error:
            raise CommandError(
                f"{settings.HOST}:{settings.PORT} cannot be listened on: {error.strerror}. "
                "Another port: PORT=8001 make run"
            ) from error


def web_server() -> list[str]:
    """One process with threads: the matrix, the query vectors and the rate limits are its memory."""
    return [
        sys.executable, "-m", "gunicorn", "imagesearch.wsgi:application",
        "--bind", f"{settings.HOST}:{settings.PORT}",
        "--worker-class", "gthread", "--workers", os.environ.get("WEB_CONCURRENCY", "1"), "--threads", "8",
        "--timeout", "120", "--graceful-timeout", str(int(GRACE)), "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
