"""Draw the sample pictures and describe them, as `gallery.samples` ships them: `python -m tools.samples`.

Takes some 30 seconds on two cores. The same Pillow and numpy write the same bytes, so `git status` shows
what a change of the drawing code has changed.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from gallery.samples.catalogue import DATA, INDEX
from tools.samples.catalogue import SAMPLES, Sample, numbered


def main() -> None:
    parser = ArgumentParser(description="Draw the sample pictures and describe them in one file.")
    parser.add_argument("folder", nargs="?", type=Path, default=DATA, help=f"default: {DATA}")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        pictures = list(pool.map(numbered, range(len(SAMPLES))))
    size = write(folder, zip(SAMPLES, pictures, strict=True))
    print(f"{len(SAMPLES)} pictures, {size / 1e6:.1f} MB, in {folder}")


def write(folder: Path, drawn: Iterable[tuple[Sample, bytes]]) -> int:
    """Replace the pictures in the folder and the file that describes them; returns the pictures' bytes."""
    rows, size = [], 0
    for old in folder.glob("*.webp"):
        old.unlink()
    for sample, picture in drawn:
        name = f"{sample.name}.webp"
        (folder / name).write_bytes(picture)
        rows.append(
            {
                "file": name,
                "sha256": sha256(picture).hexdigest(),
                "title": sample.title,
                "caption": sample.caption,
                "tags": sample.tags,
            }
        )
        size += len(picture)
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    (folder / INDEX).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return size


if __name__ == "__main__":
    main()
