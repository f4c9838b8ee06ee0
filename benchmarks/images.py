"""Measures the decoding of images on drawn, real and hostile files: `python -m benchmarks.images`."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from PIL import Image, ImageOps

from imagesearch.errors import ImageError
from imagesearch.images.decode import decode
from tests.support.hostile import BOMBS, HOSTILE
from tests.support.memory import measurable, peak

DEVSET = Path(__file__).parent.parent.parent / "shared/data/devset/images"
SIZES = {"12 MP": (4000, 3000), "64 MP": (9237, 6928)}
Measured = dict[str, float]


def main() -> None:
    for name, size in SIZES.items():
        photo = alone(drawn, *size)
        compare(f"JPEG of {name}, {len(photo) / 2**20:.1f} MB", alone(ours, photo), alone(naive, photo))
    if DEVSET.is_dir():
        compare("devset, a photo", alone(devset, ours), alone(devset, naive))
    hostile()


def alone(task: Callable[..., Any], *arguments: Any) -> Any:
    """The task's result in a process of its own, so that no earlier task's memory is used again."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=configure) as pool:
        return pool.submit(task, *arguments).result()


def configure() -> None:
    """The engine's defaults."""
    settings.configure()


def drawn(width: int, height: int) -> bytes:
    """A JPEG with about as much detail as a camera's: soft shapes under grain."""
    random = np.random.default_rng(1)
    few = Image.fromarray(random.integers(0, 256, (9, 12, 3), np.uint8))
    shapes = np.asarray(few.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = random.integers(-7, 8, (512, 512, 1), np.int8)
    grain = np.tile(grain, (height // 512 + 1, width // 512 + 1, 1))[:height, :width]
    file = io.BytesIO()
    Image.fromarray(np.clip(shapes + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=88)
    return file.getvalue()


def timed(steps: dict[str, Callable[[], Any]]) -> Measured:
    """Milliseconds of each step and of all, and the peak of memory in MB."""
    result: Measured = {}
    with peak() as grown:
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            result[name] = (time.perf_counter() - started) * 1000
    return {**result, "all": sum(result.values()), "MB": grown.megabytes}


def ours(data: bytes) -> Measured:
    photo = decode(WARM)
    photo.view(), photo.palette()

    def read() -> None:
        nonlocal photo
        photo = decode(data)

    return timed(
        {
            "decode": read,
            "tile": lambda: photo.tile(),
            "view": lambda: photo.view(),
            "dhash": lambda: photo.dhash(),
            "colours": lambda: (photo.palette(), photo.color()),
        }
    )


def naive(data: bytes) -> Measured:
    """What a first version would do: decode whole, and make each thing from the whole picture."""
    image = Image.new("RGB", (1, 1))

    def read() -> None:
        nonlocal image
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")

    def save(width: int, height: int) -> None:
        small = image.copy()
        small.thumbnail((width, height), Image.Resampling.LANCZOS)
        small.save(io.BytesIO(), "WEBP", quality=82)

    return timed(
        {
            "decode": read,
            "tile": lambda: save(1600, 400),
            "view": lambda: save(1600, 1600),
            "dhash": lambda: image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes(),
            "colours": lambda: image.resize((64, 64), Image.Resampling.LANCZOS).quantize(5),
        }
    )


def devset(way: Callable[[bytes], Measured]) -> Measured:
    """The mean over all photos; the peak of the greediest."""
    each = [way(path.read_bytes()) for path in sorted(DEVSET.rglob("*.jpg"))]
    mean = {name: sum(one[name] for one in each) / len(each) for name in each[0]}
    return {**mean, "MB": max(one["MB"] for one in each)}


def compare(title: str, we: Measured, they: Measured) -> None:
    faster = they["all"] / we["all"]
    print(f"\n{title}: {1000 / we['all']:.1f} a second, {faster:.1f} times as many as the naive way")
    print(f"  {'':8}{'ours':>11}{'naive':>11}")
    for name in we:
        unit = "MB at most" if name == "MB" else "ms"
        print(f"  {'memory' if name == 'MB' else name:8}{we[name]:11.1f}{they[name]:11.1f}  {unit}")


def hostile() -> None:
    """Each refused file in this process; those that cost most."""
    rows = []
    for name, make in HOSTILE.items():
        data = make()
        with peak() as grown:
            started = time.perf_counter()
            try:
                decode(data, name)
                raise SystemExit(f"taken: {name}")
            except ImageError:
                milliseconds = (time.perf_counter() - started) * 1000
        rows.append((milliseconds, grown.megabytes, len(data), name))
    print(f"\n{len(rows)} hostile files, {len(BOMBS)} of them bombs, all refused; the costliest:")
    by_time, by_memory = sorted(rows, reverse=True), sorted(rows, key=lambda row: -row[1])
    for milliseconds, megabytes, size, name in dict.fromkeys([*by_time[:4], *by_memory[:2]]):
        print(f"  {milliseconds:6.0f} ms{megabytes:6.0f} MB  {size:10,} bytes  {name}")


def _small() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "JPEG")
    return file.getvalue()


WARM = _small()

if __name__ == "__main__":
    if not measurable:
        raise SystemExit("Memory can be measured on Linux only.")
    configure()
    main()
