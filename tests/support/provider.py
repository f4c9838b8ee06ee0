"""An embedding server on this machine that speaks Jina's and the OpenAI shape, and fails on command.

    with Provider() as provider:
        settings.EMBEDDING_API_BASE, settings.EMBEDDING_API_KEY = provider.jina, provider.key
        provider.next("hang", 503, (429, {"Retry-After": "1"}))   # the next three calls; then it works
        provider.always(500)                                      # until provider.always(None)
        provider.poison = lambda picture: picture.width > 500     # a call with such a picture gets 422

It refuses what the real servers refuse: a wrong key, an unknown model, two modalities in one call, and
pictures that are no JPEG. Red pictures lie near the word "red", as those of ColourEmbedder do.
"""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Literal, Self

import numpy as np
from PIL import Image

from tests.support.embedder import COLOURS

Fault = Literal[
    "order", "duplicate", "count", "width", "nan", "zero", "strings", "shape", "text", "hang", "cut"
]
Failure = Fault | int | tuple[int, dict[str, str]] | None

JINA_MODELS = {"jina-embeddings-v4": (128, 2048), "jina-clip-v2": (1, 1024)}
MAX_PICTURE_BYTES = 8 * 1024 * 1024


class Refusal(Exception):
    def __init__(
        self, status: int, code: str, detail: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.status, self.code, self.detail, self.headers = status, code, detail or code, headers or {}


class Provider:
    """`calls` are the payloads of all requests, in order; `most_at_once` how many were in hand together."""

    def __init__(self, key: str = "jina_a-very-secret-key") -> None:
        self.key = key
        self.calls: list[dict[str, Any]] = []
        self.most_at_once = 0
        self.seconds_per_call = 0.0
        self.poison: Callable[[Image.Image], bool] = lambda picture: False
        self.poison_status = 422
        self._script: deque[Failure] = deque()
        self._always: Failure = None
        self._in_hand = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def jina(self) -> str:
        """EMBEDDING_API_BASE for jina_ai/…"""
        return f"http://127.0.0.1:{self._server.server_port}/jina/v1"

    @property
    def openai(self) -> str:
        """EMBEDDING_API_BASE for openai/…"""
        return f"http://127.0.0.1:{self._server.server_port}/openai/v1"

    def next(self, *failures: Failure) -> None:
        """How the next calls end, one each; None is success."""
        self._script.extend(failures)

    def always(self, failure: Failure) -> None:
        """How every call beyond the script ends."""
        self._always = failure

    def pictures(self, call: int = -1) -> list[Image.Image]:
        """The pictures of one call, as they arrived."""
        return [_picture(item) for item in self.calls[call]["input"]]

    # From here on, what runs in the server's threads.

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with provider._counted():
                    provider._answer(self, json.loads(body))

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._in_hand += 1
            self.most_at_once = max(self.most_at_once, self._in_hand)
        try:
            self._over.wait(self.seconds_per_call)
            yield
        finally:
            with self._lock:
                self._in_hand -= 1

    def _answer(self, request: BaseHTTPRequestHandler, payload: dict[str, Any]) -> None:
        with self._lock:
            self.calls.append(payload)
            failure = self._script.popleft() if self._script else self._always
        if failure == "hang":
            self._over.wait(30)
            return
        headers: dict[str, str] = {}
        try:
            if isinstance(failure, tuple):
                raise Refusal(failure[0], "SCRIPTED", headers=failure[1])
            if isinstance(failure, int):
                raise Refusal(failure, "SCRIPTED")
            status, content = 200, self._spoil(self._embed(request, payload), failure)
        except Refusal as refused:
            status, headers = refused.status, refused.headers
            content = json.dumps(self._error(request.path, refused)).encode()
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) // 2] if failure == "cut" else content)

    def _error(self, path: str, refused: Refusal) -> dict[str, Any]:
        if path.startswith("/jina/"):
            return {"detail": refused.detail, "code": refused.code, "request_id": "4711"}
        return {"error": {"message": refused.detail, "type": "invalid_request_error", "code": refused.code}}

    def _embed(self, request: BaseHTTPRequestHandler, payload: dict[str, Any]) -> list[dict[str, Any]]:
        if request.headers.get("Authorization", "") != (f"Bearer {self.key}" if self.key else ""):
            raise Refusal(
                401, "AUTH_INVALID_API_KEY", f"Invalid API key {request.headers.get('Authorization')}"
            )
        if request.path == "/jina/v1/embeddings":
            self._check_jina(payload)
        elif request.path == "/openai/v1/embeddings":
            self._check_openai(payload)
        else:
            raise Refusal(404, "RESOURCE_NOT_FOUND")
        vectors = [self._vector(item, payload["dimensions"]) for item in payload["input"]]
        return [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]

    def _check_jina(self, payload: dict[str, Any]) -> None:
        least, most = JINA_MODELS.get(payload["model"], (1, 0))
        if not most:
            raise Refusal(400, "INPUT_MODEL_NOT_FOUND", f"Model '{payload['model']}' not found")
        if not least <= payload["dimensions"] <= most:
            raise Refusal(422, "VALIDATION_ERROR", f"dimensions must be from {least} to {most}")
        if payload.get("task", "retrieval.query") not in {"retrieval.query", "retrieval.passage"}:
            raise Refusal(422, "VALIDATION_ERROR", "task")
        if not all(isinstance(item, dict) and len(item) == 1 for item in payload["input"]):
            raise Refusal(422, "VALIDATION_ERROR", "input")

    def _check_openai(self, payload: dict[str, Any]) -> None:
        kinds = {str(item).startswith("data:image/jpeg;base64,") for item in payload["input"]}
        if kinds != {payload.get("modality", "text") == "image"}:
            raise Refusal(422, "validation_error", "one modality a call")

    def _vector(self, item: Any, dimensions: int) -> list[float]:
        """Mean colour or colour words, then what tells one input from another; not of norm 1."""
        vector = np.zeros(dimensions)
        if (text := _text(item)) is not None:
            known = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
            vector[:3] = np.mean(known, axis=0) if known else 0.3
            for word in text.lower().split():
                vector[200 + zlib.crc32(word.encode()) % 300] += 0.05
        else:
            picture = _picture(item)
            if self.poison(picture):
                raise Refusal(self.poison_status, "INPUT_INVALID_IMAGE", "cannot identify image")
            grid = np.asarray(picture.resize((8, 8), Image.Resampling.BOX), dtype=float) / 255
            vector[:3] = grid.mean(axis=(0, 1))
            vector[4:196] = (grid - grid.mean(axis=(0, 1))).ravel() / 8
        vector[3] = 0.05
        return [round(float(number) * 3, 6) for number in vector]

    def _spoil(self, data: list[dict[str, Any]], fault: Failure) -> bytes:
        first = data[0]
        if fault == "order":
            data = data[::-1]
        elif fault == "duplicate":
            data[-1]["index"] = 0
            data.append(dict(first))
        elif fault == "count":
            data = data[:-1]
        elif fault == "width":
            for item in data:
                item["embedding"] = item["embedding"][:100]
        elif fault == "nan":
            first["embedding"][7] = float("nan")
        elif fault == "zero":
            first["embedding"] = [0.0] * len(first["embedding"])
        elif fault == "strings":
            first["embedding"] = "AAAA"
        elif fault == "text":
            return b"<html>It works!</html>"
        shape: dict[str, Any] = (
            {"data": {"embeddings": []}} if fault == "shape" else {"object": "list", "data": data}
        )
        return json.dumps({"model": "m", **shape, "usage": {"total_tokens": 1}}).encode()


def _text(item: Any) -> str | None:
    if isinstance(item, dict):
        return item.get("text")
    return None if item.startswith("data:") else str(item)


def _picture(item: Any) -> Image.Image:
    try:
        content = base64.b64decode(
            item["image"] if isinstance(item, dict) else item.split(",", 1)[1], validate=True
        )
        if len(content) > MAX_PICTURE_BYTES:
            raise Refusal(413, "INPUT_TOO_LARGE")
        picture = Image.open(BytesIO(content), formats=["JPEG"])
        picture.load()
    except (ValueError, KeyError, OSError) as error:
        raise Refusal(422, "INPUT_INVALID_IMAGE", str(error)) from error
    return picture
