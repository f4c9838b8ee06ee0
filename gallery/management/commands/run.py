"""Prepare a gallery, then serve it and add the samples meanwhile: `quickstart` and `serve` in one."""

from __future__ import annotations

import signal
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from gallery.management.commands import quickstart, serve
from gallery.models import ImageItem
from gallery.samples import marker


class Command(serve.Command):
    help = (
        "Prepare the gallery as `quickstart` does, then serve it as `serve` does. Samples are added to an "
        "empty library while it is served."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        quickstart.Command().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        end_on_signals()
        # First of all: a taken port is reported at once, and early visitors wait.
        with serve.open_port() as listener:
            self.run(listener, options)

    def run(self, listener: socket.socket, options: dict[str, Any]) -> None:
        preparing = quickstart.Command(self.stdout, self.stderr)  # type: ignore[arg-type]
        password = preparing.prepare(**options)
        count = ImageItem.objects.count()
        pictures, children = f"{count} images in {settings.DATA_DIR}", serve.importing(options["photos"])
        if not (children or options["no_samples"]) and marker.begin():
            pictures = f"The sample pictures are being added to {settings.DATA_DIR}"
            children = [serve.command("Adding the samples", "add_samples", again=False)]
        preparing.say(pictures, password)
        self.serve(listener, *children)


def end_on_signals() -> None:
    """Until it serves, it ends at once. As the first process of a container it has no default for SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: sys.exit(128 + received))
