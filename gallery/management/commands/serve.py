"""Serve the gallery: the web server and the worker beside it, each started again when it ends by itself."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gallery.accounts import permissions
from gallery.checks import check_deployment
from gallery.server.supervisor import Child, supervise
from gallery.server.wsgi import listen
from gallery.web.public_address import listening_url
from imagesearch.data_dir.folders import prepare
from imagesearch.data_dir.permissions import narrow
from imagesearch.database.setup import is_behind, refuse_newer

NUMPY = {"OPENBLAS_NUM_THREADS": "1"}
"""The server has threads of its own: four searches at once over 100,000 vectors took 4 ms each, and 10 ms
where each of them spread over both cores (alone it is 6 and 4 ms)."""


class Command(BaseCommand):
    help = (
        "Serve the gallery, and run `embed_images --watch` beside it. What ends by itself is started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--photos", metavar="SOURCE", help="import this folder, CSV or list of URLs while serving"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()
        self.check(databases=["default"])
        if line := narrow():
            self.stderr.write(line)
        refuse_newer("default")
        if is_behind("default"):
            raise CommandError("The database is behind this version. Run `manage.py quickstart`.")
        listener = open_port()
        call_command("collectstatic", interactive=False, verbosity=0)  # of this version, after a `git pull`
        self.serve(listener, *importing(options["photos"]))

    def serve(self, listener: socket.socket, *children: Child) -> None:
        """The web server, the worker and `children`, until a signal ends them all."""
        self.stdout.write(f"Serving {listening_url()}\n{permissions.mode()}")
        self.stdout.flush()
        for message in check_deployment():
            self.stderr.write(f"{message.msg} {message.hint}")
        worker = command("The worker", "embed_images", "--watch")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, frame: stop.set())
        supervise([*web_servers(listener), worker, *children], stop)
        listener.close()


def command(name: str, *arguments: str, again: bool = True) -> Child:
    """A management command as a process. It needs no manage.py, which an installed package has not."""
    return Child(name, ["gallery", *arguments], environ(), again=again)


def importing(source: str | None) -> list[Child]:
    """The import of this source, where there is one."""
    return [command("The import", "import_images", source, again=False)] if source else []


def environ() -> dict[str, str]:
    """Of the processes: they import what this one imports, and nothing from the current folder."""
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def open_port() -> socket.socket:
    """Raises CommandError where another program listens already."""
    try:
        return listen(settings.HOST, settings.PORT)
    except OSError as error:
        raise CommandError(
            f"{settings.HOST}:{settings.PORT} cannot be listened on: {error.strerror}. "
            "Another port: PORT=8001 make run"
        ) from error


def web_servers(listener: socket.socket) -> list[Child]:
    """As many processes as WEB_CONCURRENCY says, on one socket. It stays open here, so that visitors wait
    while a server is started again. Windows cannot share it: there one server opens the port itself.
    """
    environment = {**NUMPY, **environ()}
    if os.name == "nt":
        listener.close()
        return [Child("The web server", ["gallery.server.wsgi"], environment)]
    command = ["gallery.server.wsgi", "--socket", str(listener.fileno())]
    return [
        Child("A web server", command, environment, descriptors=[listener.fileno()])
        for _ in range(settings.WEB_CONCURRENCY)
    ]
