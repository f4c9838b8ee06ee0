"""A hub of models on this machine: what a download uses of the real one's protocol, and its bad days."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"

Fault = Literal[
    "",
    "missing",  # no such repository
    "gated",  # a licence must be accepted first
    "silent",  # never answers at all
    "stalling",  # sends half of a large file, then nothing more
    "cutting",  # sends half of what is asked, then closes
    "cut once",
    "short",  # a large file ends early, and its headers agree
    "corrupt",  # the right length, other bytes
    "no ranges",  # always sends files from their beginning
    "broken",  # 500
]


BESIDES = "/agent-harnesses"
"""huggingface_hub asks for this by itself, once a day for each home folder."""


class Hub:
    """`with Hub({"onnx/vision_model.onnx": b"…"}) as hub:` serves one repository, `someone/model`.

    Files of the folder onnx are large ones: their checksum is SHA-256, and they are redirected to a store.
    """

    repository = "someone/model"

    def __init__(self, files: dict[str, bytes], fault: Fault = "") -> None:
        self.files = files
        self.fault: Fault = fault
        self.asked: list[str] = []
        """What was asked for, such as `GET model.onnx bytes=100-`, in order."""
        self.over = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": self}))
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def listing(self) -> dict[str, object]:
        return {"id": self.repository, "sha": COMMIT, "siblings": [self.entry(name) for name in self.files]}

    def entry(self, name: str) -> dict[str, object]:
        content = self.files[name]
        entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": git_id(content)}
        if name.startswith("onnx/"):
            entry["lfs"] = {"size": len(content), "sha256": sha256(content), "pointerSize": 130}
        return entry


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if not path.endswith(BESIDES):
            self.hub.asked.append(f"GET {path.rpartition('/')[2]} {self.headers.get('Range', '')}".strip())
        if self.hub.fault == "silent":
            self.hub.over.wait(10)
        elif self.hub.fault == "missing":
            self.refuse(404, "RepoNotFound")
        elif self.hub.fault == "gated":
            self.refuse(403, "GatedRepo")
        elif self.hub.fault == "broken":
            self.refuse(500, "")
        elif path == f"/api/models/{self.hub.repository}":
            self.answer(json.dumps(self.hub.listing()).encode())
        elif path.startswith(start := f"/{self.hub.repository}/resolve/{COMMIT}/onnx/"):
            self.redirect(f"/store/onnx/{path.removeprefix(start)}")
        else:
            name = path.removeprefix("/store/").removeprefix(f"/{self.hub.repository}/resolve/{COMMIT}/")
            self.send_file(name) if name in self.hub.files else self.refuse(404, "EntryNotFound")

    def send_file(self, name: str) -> None:
        content = self.hub.files[name]
        large = name.startswith("onnx/")
        if large and self.hub.fault == "short":
            content = content[: len(content) // 2]
        if large and self.hub.fault == "corrupt":
            content = bytes(byte ^ 1 for byte in content)
        ranges = self.headers.get("Range", "") if self.hub.fault != "no ranges" else ""
        start = int(ranges.removeprefix("bytes=").rstrip("-") or 0)
        if start >= len(content):
            self.refuse(416, "")
        elif large and self.hub.fault in {"stalling", "cutting", "cut once"}:
            self.send_half(content, start)
        else:
            self.answer(content[start:], start, len(content))

    def send_half(self, content: bytes, start: int) -> None:
        self.head(len(content) - start, start, len(content))
        self.wfile.write(content[start : start + (len(content) - start) // 2])
        self.wfile.flush()
        if self.hub.fault == "stalling":
            self.hub.over.wait(10)
        if self.hub.fault == "cut once":
            self.hub.fault = ""
        self.close_connection = True

    def answer(self, content: bytes, start: int = 0, total: int = 0) -> None:
        self.head(len(content), start, total)
        self.wfile.write(content)

    def head(self, length: int, start: int, total: int) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Repo-Commit", COMMIT)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()

    def redirect(self, place: str) -> None:
        self.send_response(302)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Stay quiet."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
