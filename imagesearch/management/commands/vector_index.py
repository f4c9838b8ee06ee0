"""Make, watch and drop TiDB's vector indexes, one for each table of embeddings."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from imagesearch.database import release
from imagesearch.errors import IndexRefused
from imagesearch.jobs.progress import Progress
from imagesearch.vectors import building, tiflash
from imagesearch.vectors.building import Step
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.tiflash import IndexState

NEEDS_NONE = "{title} needs no vector index: search is exact there, by a matrix in memory."


class Command(BaseCommand):
    help = (
        "TiDB's vector index, which a search of many images needs, and TiFlash makes. `status` says how it "
        "stands and exits with 0; `create` brings it about and may be stopped and run again; `drop` takes it "
        "away. What cannot be done exits with 1 and a sentence."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("create", "status", "drop"))
        parser.add_argument("--table", metavar="NAME", help="this table alone, else all that hold embeddings")
        parser.add_argument("--replicas", type=int, default=1, help="create: copies in TiFlash (default 1)")
        parser.add_argument("--replica", action="store_true", help="drop: the copy in TiFlash, too")
        parser.add_argument("--json", action="store_true", help="status: for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        fields = chosen(options["table"])
        if options["action"] == "status":
            self.status(fields, as_json=options["json"])
        elif options["action"] == "create":
            self.create(fields, options["replicas"], named=bool(options["table"]))
        else:
            self.drop(fields, with_replica=options["replica"])

    def status(self, fields: list[VectorField], *, as_json: bool) -> None:
        states = [tiflash.index_state(field) for field in fields]
        if as_json:
            self.stdout.write(json.dumps([state.as_dict() for state in states if state], indent=1))
            return
        for field, state in zip(fields, states, strict=True):
            self.say(field, state)

    def say(self, field: VectorField, state: IndexState | None) -> None:
        if state is None:
            self.stdout.write(f"{field.model._meta.db_table}: {needs_none(field)}")
            return
        self.stdout.write(f"{state.table}.{state.column}: {state.standing}")
        for name, value in lines(state):
            self.stdout.write(f"  {name:<8} {value}")

    def create(self, fields: list[VectorField], replicas: int, *, named: bool) -> None:
        if replicas < 1:
            raise CommandError(f"--replicas is {replicas}; an index needs at least 1.")
        wanted = [field for field in fields if named or not field.null]
        refused = []
        for field in wanted:
            try:
                self.show(building.create(field, replicas=replicas))
            except IndexRefused as error:
                refused.append(str(error))
                continue
            except KeyboardInterrupt:
                raise CommandError(
                    "Stopped looking; TiDB goes on. `vector_index status` tells how far it is.",
                    returncode=130,
                ) from None
            self.say(field, tiflash.index_state(field))
        if refused:
            raise CommandError("\n".join(dict.fromkeys(refused)))

    def show(self, steps: Iterator[Step]) -> None:
        """Each step of the making with a display of its own."""
        for label, group in groupby(steps, key=lambda step: step.label):
            with ExitStack() as stack:
                progress: Progress | None = None
                for step in group:
                    if progress is None and step.total:
                        progress = stack.enter_context(Progress(step.total, label))
                    elif progress is None:
                        self.stderr.write(f"{label} …")
                    if progress:
                        progress.total = step.total
                        progress.advance(step.done - progress.done)

    def drop(self, fields: list[VectorField], *, with_replica: bool) -> None:
        refused = []
        for field in fields:
            try:
                dropped = building.drop(field, with_replica=with_replica)
            except IndexRefused as error:
                refused.append(str(error))
                continue
            what = " and ".join(dropped) + " dropped" if dropped else "nothing to drop"
            self.stdout.write(f"{field.model._meta.db_table}: {what}.")
        if refused:
            raise CommandError("\n".join(refused))


def chosen(table: str | None) -> list[VectorField]:
    """All vector columns, or those of one table, also by its model (app.Model). Raises CommandError."""
    fields = tiflash.columns()
    if table is None:
        return fields
    found = [field for field in fields if table in (field.model._meta.db_table, field.model._meta.label)]
    if not found:
        known = ", ".join(field.model._meta.db_table for field in fields)
        raise CommandError(f"{table} holds no embeddings; these tables do: {known}.")
    return found


def needs_none(field: VectorField) -> str:
    return NEEDS_NONE.format(title=release.title(tiflash.write_connection(field)))


def lines(state: IndexState) -> Iterator[tuple[str, str]]:
    """What is known of an index, name by name."""
    yield "says", state.sentence
    if state.fix:
        yield "fix", state.fix
    yield "rows", f"{state.rows or 0:,}"
    hidden = "unknown, since seeing them takes the PROCESS privilege"
    yield "TiFlash", f"nodes: {hidden if state.nodes is None else state.nodes}"
    if state.replica:
        ready = "available" if state.replica.available else "not available yet"
        yield "replica", f"{state.replica.count}, {ready}, {state.replica.progress:.0%}"
    if state.index:
        yield "index", state.index
    if state.build:
        build = state.build
        yield "build", f"{build.indexed:,} rows in, {build.waiting:,} waiting, {build.new:,} new"
