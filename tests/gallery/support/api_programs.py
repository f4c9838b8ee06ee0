"""A program that uses the API: each of its answers is held against the description."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import jsonschema
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.models import ApiToken
from gallery.views.api.about import description


class Api:
    """A client that speaks for a token's user, and holds each answer against the description."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client(
            enforce_csrf_checks=True,
            headers={"Authorization": f"Bearer {ApiToken.issue(user)}"} if user else {},
        )

    def get(self, path: str, **params: Any) -> Any:
        return self._checked("get", path, self.client.get(path, params))

    def post(self, path: str, **fields: Any) -> Any:
        return self._checked("post", path, self.client.post(path, fields))

    def post_json(self, path: str, **body: Any) -> Any:
        return self._checked("post", path, self.client.post(path, body, content_type="application/json"))

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        sent = self.client.patch(path, body, content_type="application/json", headers=headers)
        return self._checked("patch", path, sent)

    def _checked(self, method: str, path: str, response: Any) -> Any:
        operation = description()["paths"][re.sub(r"/\d+", "/{id}", urlsplit(path).path)][method]
        promised = operation["responses"][str(response.status_code)]["content"]["application/json"]["schema"]
        schema = {**promised, "components": description()["components"]}
        jsonschema.validate(response.json(), schema, format_checker=jsonschema.FormatChecker())
        return response


def upload(content: bytes, name: str = "Door_4.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def ids(response: Any) -> list[int]:
    return [hit["id"] for hit in response.json()["results"]]
