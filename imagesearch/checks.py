"""System checks: what `manage.py check --database default` and serve report about database and model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core import checks
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from imagesearch.configuration.conf import setting
from imagesearch.database import release
from imagesearch.database.release import is_tidb
from imagesearch.database.urls import COLLATION
from imagesearch.embeddings.registry import CHOICES, is_name
from imagesearch.vectors import tiflash
from imagesearch.vectors.tiflash import IndexState

Messages = list[checks.CheckMessage]

KEYED = ("jina_ai/",)
"""Models that need a key."""
INDEX_IDS = {
    "no tiflash": "imagesearch.W020",
    "none": "imagesearch.W021",
    "unused": "imagesearch.W022",
    "dead": "imagesearch.W023",
    "failed": "imagesearch.W024",
}


def register() -> None:
    checks.register(check_database, checks.Tags.database)
    checks.register(check_key)
    checks.register(check_model)


def check_key(app_configs: Any = None, **kwargs: Any) -> Messages:
    """Contacts no server and loads no model."""
    name = str(setting("EMBEDDING_MODEL"))
    if not name.startswith(KEYED) or setting("EMBEDDING_API_KEY"):
        return []
    return [
        checks.Warning(
            f"The model {name} needs a key, and EMBEDDING_API_KEY is empty.",
            hint="Set EMBEDDING_API_KEY, or EMBEDDING_API_KEY_FILE to a file that holds it.",
            id="imagesearch.W001",
        )
    ]


def check_model(app_configs: Any = None, **kwargs: Any) -> Messages:
    """Whether EMBEDDING_MODEL is the name of a model, without loading any.

    A warning, since a gallery that has its model already does not read the setting.
    """
    name = str(setting("EMBEDDING_MODEL"))
    if is_name(name):
        return []
    return [
        checks.Warning(
            f"There is no embedding model {name!r}.",
            hint=f"EMBEDDING_MODEL takes {CHOICES}.",
            id="imagesearch.W002",
        )
    ]


def check_database(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Messages:
    """Settings of TiDB under which searches are wrong or slow. SQLite needs no check."""
    return [
        message
        for alias in databases or ()
        if connections[alias].vendor == "mysql"
        for message in _server(connections[alias])
    ]


def _server(connection: BaseDatabaseWrapper) -> Messages:
    if not is_tidb(connection):
        return [
            checks.Error(
                f"Database {connection.alias!r} is {release.title(connection)}. It cannot store vectors.",
                hint="Set DATABASE_URL to a TiDB server, or leave it empty for SQLite.",
                id="imagesearch.E010",
            )
        ]
    if release.is_too_old(connection):
        return [
            checks.Error(
                f"Database {connection.alias!r} is {release.title(connection)}, which cannot store vectors.",
                hint="The first release with vectors is v8.4. Upgrade to v8.5 or later.",
                id="imagesearch.E011",
            )
        ]
    ask: Sequence[Callable[[BaseDatabaseWrapper], Iterator[checks.CheckMessage]]] = (
        _collation,
        _transactions,
        _indexes,
    )
    return [message for question in ask for message in question(connection)]


def _collation(connection: BaseDatabaseWrapper) -> Iterator[checks.CheckMessage]:
    """Of the database, which new tables inherit, and of our existing tables."""
    charset, wanted = COLLATION["CHARSET"], COLLATION["COLLATION"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM INFORMATION_SCHEMA.SCHEMATA"
            " WHERE SCHEMA_NAME = DATABASE()"
        )
        found = tuple(cursor.fetchone() or (charset, wanted))
        cursor.execute(
            "SELECT TABLE_NAME, TABLE_COLLATION FROM INFORMATION_SCHEMA.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_COLLATION <> %s",
            [wanted],
        )
        ours = set(connection.introspection.django_table_names(include_views=False))
        tables = [row[0] for row in cursor.fetchall() if row[0] in ours]
    if found != (charset, wanted):
        name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
        yield checks.Error(
            f"Database {connection.alias!r} compares text by {found[1]} ({found[0]}). It would distinguish "
            "words by case, or treat all emoji as equal.",
            hint=f"Before the first migrate: ALTER DATABASE {name} CHARACTER SET {charset} COLLATE {wanted};",
            id="imagesearch.E012",
        )
    if tables:
        yield checks.Warning(
            f"{len(tables)} tables of database {connection.alias!r} do not compare text by {wanted}, "
            f"such as {tables[0]}: words are distinguished by case, or all emoji are equal.",
            hint="TiDB cannot change this later. Create a database with the right collation and move there: "
            "manage.py move_gallery",
            id="imagesearch.W013",
        )


def _transactions(connection: BaseDatabaseWrapper) -> Iterator[checks.CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@tidb_txn_mode, @@transaction_isolation")
        mode, isolation = (str(value) for value in cursor.fetchone())
    if mode != "pessimistic":
        yield checks.Error(
            f"Database {connection.alias!r} uses optimistic transactions, whose conflicts appear only at "
            "COMMIT: two people who add the same image at once would see an error.",
            hint="SET GLOBAL tidb_txn_mode = 'pessimistic'; new connections then have it.",
            id="imagesearch.E013",
        )
    if isolation != "READ-COMMITTED":
        yield checks.Error(
            f"Database {connection.alias!r} uses the isolation level {isolation}, under which get_or_create "
            "fails in races.",
            hint="Set OPTIONS['isolation_level'] to 'read committed' in DATABASES, as DATABASE_URL does.",
            id="imagesearch.E014",
        )


def _indexes(connection: BaseDatabaseWrapper) -> Iterator[checks.CheckMessage]:
    """Small tables are fast without an index, so only a broken one is reported there."""
    for field in tiflash.columns():
        if router.db_for_write(field.model) != connection.alias:
            continue
        state = tiflash.index_state(field, connection)
        if state and state.needs_attention:
            yield checks.Warning(
                f"{state.table}: {state.sentence}",
                hint=_fix(state),
                obj=field.model,
                id=INDEX_IDS[state.standing],
            )


def _fix(state: IndexState) -> str:
    """The command, and the statements that it runs."""
    if state.standing not in ("none", "dead"):
        return state.fix
    statements = tiflash.statements(state.table, state.column)
    if state.standing == "dead":
        statements = [f"ALTER TABLE `{state.table}` DROP INDEX `{state.index}`", *statements]
    return f"{state.fix}, which runs: {'; '.join(statements)};"
