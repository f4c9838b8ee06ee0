"""Which files of a folder or a repository make up a model that was exported to ONNX."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from imagesearch.errors import ModelError

# Full precision before half, half before eight bits; what else there is comes after, by name.
PRECISIONS = ("", "_fp16", "_quantized")
SETTINGS = ("preprocessor_config.json", "config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Export:
    """The names of a model's files, relative to its folder."""

    vision: str
    text: str | None
    settings: dict[str, str]
    """Of each settings file that is there, by its bare name."""
    data: tuple[str, ...]
    """Weights that a large graph keeps in files of their own."""

    @classmethod
    def among(cls, names: Collection[str], place: str) -> Export:
        """Choose from a listing; files lie in `onnx/` or at the top. Raises ModelError."""
        near = sorted(name for name in names if str(PurePosixPath(name).parent) in {".", "onnx"})
        text = pick(near, "text_model")
        vision = pick(near, "vision_model") or only_graph(near, text, place)
        return cls(
            vision=vision,
            text=text,
            settings={
                PurePosixPath(name).name: name for name in near if PurePosixPath(name).name in SETTINGS
            },
            data=tuple(
                name
                for name in near
                for graph in (vision, text)
                if graph and name != graph and name.startswith(graph)
            ),
        )

    @property
    def files(self) -> list[str]:
        return sorted({self.vision, *([self.text] if self.text else []), *self.settings.values(), *self.data})


def pick(names: Collection[str], role: str) -> str | None:
    """The graph of that role with the best precision."""
    graphs = [name for name in names if name.endswith(".onnx") and PurePosixPath(name).name.startswith(role)]
    for precision in PRECISIONS:
        for name in graphs:
            if PurePosixPath(name).stem == role + precision:
                return name
    return graphs[0] if graphs else None


def only_graph(names: Collection[str], text: str | None, place: str) -> str:
    """The one graph of a model without text, whatever its name. Raises ModelError if there are several."""
    graphs = [name for name in names if name.endswith(".onnx") and name != text]
    if len(graphs) == 1:
        return graphs[0]
    raise ModelError(
        f"{place} has {len(graphs)} ONNX files that could be the one for pictures. It must have a "
        f"vision_model.onnx, or just one .onnx file, at the top or in its folder onnx."
    )


def list_folder(folder: Path) -> list[str]:
    """The names of a folder's files and of those in its subfolder onnx."""
    return [
        path.relative_to(folder).as_posix() for pattern in ("*", "onnx/*") for path in folder.glob(pattern)
    ]


def read_settings(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object. Raises ModelError."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(settings, dict):
        raise ModelError(f"{path} holds a JSON {type(settings).__name__}, not an object.")
    return settings
