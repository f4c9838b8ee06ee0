"""Measures `import_images` with each model: `python -m benchmarks.import_images [FOLDER]`."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image

ROOT = Path(__file__).parent.parent
DEVSET = ROOT.parent / "shared/data/devset/images"
CLIP = ROOT.parent / "shared/models/tiny-dual-encoder"
DRAWN = 200


class Run(NamedTuple):
    """One command: what it printed last, and what it cost."""

    said: str
    seconds: float
    megabytes: float
    """Resident at its peak."""


def main() -> None:
    models = ["builtin/everyday-v1", *([f"clip/{CLIP}"] if CLIP.is_dir() else [])]
    with TemporaryDirectory() as scratch:
        photos = Path(sys.argv[1]) if len(sys.argv) > 1 else DEVSET
        if not photos.is_dir():
            photos = drawn(Path(scratch) / "photos")
        count = sum(path.is_file() for path in photos.rglob("*"))
        for model in models:
            measure(model, photos, count)


def measure(model: str, photos: Path, count: int) -> None:
    """In a gallery of its own, whose model is prepared before."""
    with TemporaryDirectory() as data:
        environment = {**os.environ, "DATA_DIR": data, "EMBEDDING_MODEL": model}
        manage(environment, "quickstart", "--no-samples")
        first = manage(environment, "import_images", str(photos))
        again = manage(environment, "import_images", str(photos))
        checked = manage(environment, "check_gallery")
    print(f"\n{model}: {first.said}")
    print(f"  {count / first.seconds:6.1f} pictures a second, start included ({first.seconds:.1f} s)")
    print(f"  {first.megabytes:6.0f} MB at its peak")
    print(f"  {again.seconds:6.1f} s to run it again: {again.said}")
    print(f"  {checked.seconds:6.1f} s to check: {checked.said}")


def manage(environment: dict[str, str], *arguments: str) -> Run:
    started = time.perf_counter()
    command = [sys.executable, "manage.py", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"manage.py {' '.join(arguments)} ended with {process.returncode}:\n{printed}")
    return Run(printed.strip().rpartition("\n")[2], time.perf_counter() - started, megabytes(usage))


def megabytes(usage: resource.struct_rusage) -> float:
    """Linux counts kilobytes, macOS bytes."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def drawn(folder: Path) -> Path:
    """Pictures that differ, where there are no photos."""
    folder.mkdir()
    for number in range(DRAWN):
        picture = Image.effect_noise((512, 384), 20 + number % 60).convert("RGB")
        picture.save(folder / f"{number:03}.jpg", quality=85)
    return folder


if __name__ == "__main__":
    main()
