"""Whether composing helps: `python -m benchmarks.composing DIR`, a folder as `manage.py evaluate` takes it.

Asks thousands of queries of several parts in a scratch gallery, through the gallery's own search, and prints
how often the first hits are right, and what scores and bands are worth. But for the table “one order”, the
word index is left out, since file names tell the labels; colours are those that the gallery files photos
under, which no model has a say in. Words are those of queries.json that name one label, where the model is
sure of them. All that is drawn by lot has a seed, so that a second run prints the same.

Without --tables these are “one score” and “one order”, three minutes on one core. Below their figures are
those of an earlier version, where they were recorded for these photos and this model: by --record, in
before.json for those that the documentation shows.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path

from benchmarks.composing import recorded
from benchmarks.composing.bands import bands
from benchmarks.composing.crops import a_part
from benchmarks.composing.less_like import less_like
from benchmarks.composing.one_order import one_order
from benchmarks.composing.one_score import one_score
from benchmarks.composing.parts import several_examples, words_beside_a_picture
from benchmarks.composing.printing import Figures
from benchmarks.labelled import Photos
from benchmarks.serving import scratch

RECORDED: dict[str, Callable[[Photos, dict[str, Figures], bool], dict[str, Figures]]] = {
    "score": one_score,
    "order": one_order,
}
PLAIN: dict[str, Callable[[Photos], None]] = {
    "words": words_beside_a_picture,
    "examples": several_examples,
    "less": less_like,
    "crops": a_part,
    "bands": bands,
}
TABLES = ("score", *PLAIN, "order")  # the last one changes the images' words


def main() -> None:
    parser = ArgumentParser(
        "python -m benchmarks.composing", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--model", metavar="NAME", help="the embedding model (default: EMBEDDING_MODEL)")
    parser.add_argument(
        "--tables", nargs="+", choices=TABLES, default=[*RECORDED], help="which (default: score order)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="ask few queries of each kind for score and order"
    )
    parser.add_argument("--record", metavar="FILE", type=Path, help="write these figures to FILE")
    options = parser.parse_args()
    if options.model:
        os.environ["EMBEDDING_MODEL"] = options.model
    with scratch():
        photos = Photos.of(options.folder)
        print(f"{photos.model}: {len(photos.labels):,} photos of {len(photos.of_label)} labels\n")
        about = recorded.about(options.folder, photos.model)
        tables = {}
        for name in (name for name in TABLES if name in options.tables):
            if name in PLAIN:
                PLAIN[name](photos)
            else:
                tables[name] = RECORDED[name](photos, recorded.before(about, name), options.quick)
            print(flush=True)
    if options.record:
        recorded.write(options.record, about, tables)


if __name__ == "__main__":
    main()
