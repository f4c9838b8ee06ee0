"""Outlines as arrays of points (n, 2) in px: curves through points, arcs, leaves, blobs, and moving them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.samples.noise import Rng

Path = NDArray[np.float64]
Points = Path | Sequence[tuple[float, float]] | Sequence[Sequence[float]]


def points(text: str) -> Path:
    """A path written as in SVG: `x,y x,y …`; a long outline stays a line or two."""
    return np.array(rows(text))


def rows(text: str) -> list[tuple[float, ...]]:
    """A table of numbers written as `a,b,c a,b,c …`."""
    return [tuple(float(number) for number in row.split(",")) for row in text.split()]


def xy(path: Path, index: int = 0) -> tuple[float, float]:
    """One point of a path."""
    return float(path[index, 0]), float(path[index, 1])


def smooth(points: Points, closed: bool = True, steps: int = 14) -> Path:
    """A Catmull-Rom curve through the points."""
    knots = np.asarray(points, np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    before, start, end, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    path = curve.transpose(1, 0, 2).reshape(-1, 2)
    return path if closed else np.concatenate([path, knots[-2:-1]])


def arc(
    x: float, y: float, radius: float, start: float, end: float, squash: float = 1.0, steps: int = 48
) -> Path:
    """Part of a circle from one angle to another, in degrees clockwise from the right."""
    angles = np.radians(np.linspace(start, end, steps))
    return np.stack([x + radius * np.cos(angles), y + radius * squash * np.sin(angles)], 1)


def moved(path: Points, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1) -> Path:
    """The path scaled and turned (degrees clockwise) around its origin, then moved."""
    angle = np.radians(turn)
    points = np.asarray(path, np.float64) * scale
    across = points[:, 0] * np.cos(angle) - points[:, 1] * np.sin(angle)
    down = points[:, 0] * np.sin(angle) + points[:, 1] * np.cos(angle)
    return np.stack([across + x, down + y], 1)


def mirrored(path: Points, axis: float = 0) -> Path:
    """The path as seen in a mirror that stands at x = axis."""
    points = np.asarray(path, np.float64)
    return np.stack([2 * axis - points[:, 0], points[:, 1]], 1)


def symmetric(right: Points) -> Path:
    """A closed outline from its right half, given from top to bottom around x = 0."""
    half = np.asarray(right, np.float64)
    return np.concatenate([half, mirrored(half[::-1])])


def leaf(
    x: float, y: float, length: float, width: float, turn: float, bend: float = 0.0, belly: float = 0.42
) -> Path:
    """A pointed leaf that grows from (x, y) in the direction `turn`; `bend` curves its spine."""
    t = np.linspace(0, 1, 24)
    half = width / 2 * np.sin(np.pi * t ** (np.log(0.5) / np.log(belly))) ** 0.9
    spine = bend * length * np.sin(np.pi * t * 0.5) ** 2
    sides = np.concatenate(
        [np.stack([t * length, spine - half], 1), np.stack([t * length, spine + half], 1)[::-1]]
    )
    return moved(sides, x, y, turn)


def blob(rng: Rng, x: float, y: float, radius: float, wobble: float = 0.2, knots: int = 7) -> Path:
    """A rounded lump around a centre."""
    angles = np.linspace(0, 2 * np.pi, knots, endpoint=False) + rng.uniform(0, 6)
    radii = radius * (1 + rng.uniform(-wobble, wobble, knots))
    return smooth(np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], 1))


def ribbon(spine: Points, width: float | NDArray[np.float64]) -> Path:
    """The outline of a brush stroke along a spine, of one width or of a width at each of its points."""
    points = np.asarray(spine, np.float64)
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    side = np.stack([-along[:, 1], along[:, 0]], 1) * (np.asarray(width) / 2 * np.ones(len(points)))[:, None]
    return np.concatenate([points + side, (points - side)[::-1]])
