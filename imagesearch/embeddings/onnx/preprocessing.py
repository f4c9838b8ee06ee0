"""Turns a picture into the numbers that a network was trained on, as its preprocessor_config.json says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagesearch.embeddings.onnx.export import read_settings
from imagesearch.errors import ModelError

MAX_ASPECT = 4  # times the short side; more of a picture is cut away before it is enlarged for a crop

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Preprocessing:
    """In the order of its fields."""

    edge: int | None  # the shortest side after scaling, or
    size: Size | None  # both sides, whatever that does to the shape
    crop: Size | None  # from the middle
    resample: Image.Resampling
    scale: float
    mean: NDArray[np.float32]  # (3, 1, 1), or (1, 1, 1)
    deviation: NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ModelError for a file that is missing, or asks for what is not known here."""
        config = read_settings(path)
        try:
            crop = both_sides(config.get("crop_size", config.get("size"))) if crops(config) else None
            edge, size = scaling(config, crop)
            normalises = config.get("do_normalize", "image_mean" in config)
            return cls(
                edge=edge,
                size=size,
                crop=crop,
                resample=Image.Resampling(config.get("resample", Image.Resampling.BICUBIC)),
                scale=float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0,
                mean=channels(config["image_mean"] if normalises else 0),
                deviation=channels(config["image_std"] if normalises else 1),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{path} cannot be followed: {error!r}. docs/embedding-models.md has an example."
            ) from error

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """(3, height, width) of an RGB picture."""
        scaled = self._scaled(image)
        if self.crop:
            scaled = cropped(scaled, self.crop)
        pixels = np.asarray(scaled, np.float32).transpose(2, 0, 1) * np.float32(self.scale)
        return (pixels - self.mean) / self.deviation

    def _scaled(self, image: Image.Image) -> Image.Image:
        if self.size:
            return image.resize(self.size, self.resample)
        if not self.edge:
            return image
        image = without_ends(image)
        width, height = image.size
        short = min(width, height)
        return image.resize((width * self.edge // short, height * self.edge // short), self.resample)


def crops(config: Mapping[str, Any]) -> bool:
    return bool(config.get("do_center_crop", "crop_size" in config))


def scaling(config: Mapping[str, Any], crop: Size | None) -> tuple[int | None, Size | None]:
    """The shortest edge, or both sides, or neither.

    Raises ValueError where pictures of different shapes would come out.
    """
    if not config.get("do_resize", True):
        if not crop:
            raise ValueError("it neither resizes nor crops, so that pictures would differ in size")
        return None, None
    size = config["size"]
    if isinstance(size, int) and crop:
        size = {"shortest_edge": size}
    if isinstance(size, dict) and set(size) == {"shortest_edge"}:
        if not crop:
            raise ValueError("it gives a shortest_edge and no crop, so that pictures would differ in shape")
        return int(size["shortest_edge"]), None
    return None, both_sides(size)


def both_sides(size: Any) -> Size:
    """Of the forms `224` and `{"height": 224, "width": 224}`; of `{"shortest_edge": 224}`, a square.

    Raises ValueError for any other form.
    """
    if isinstance(size, int):
        return size, size
    if set(size) == {"shortest_edge"}:
        return int(size["shortest_edge"]), int(size["shortest_edge"])
    if set(size) != {"height", "width"}:
        raise ValueError(f"a size of {size} is not known")
    return int(size["width"]), int(size["height"])


def channels(values: float | list[float]) -> NDArray[np.float32]:
    """One number or three, as (1, 1, 1) or (3, 1, 1)."""
    return np.array(values, np.float32).reshape(-1, 1, 1)


def cropped(image: Image.Image, size: Size) -> Image.Image:
    """The middle; black where the picture is smaller."""
    width, height = size
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def without_ends(image: Image.Image) -> Image.Image:
    """The middle of a very long picture, which is all that a crop will show of it.

    A line of 60,000 × 1 pixels would grow to 40 GB on its way to a crop of 224 × 224.
    """
    longest = MAX_ASPECT * min(image.size)
    if max(image.size) <= longest:
        return image
    return cropped(image, (min(image.width, longest), min(image.height, longest)))
