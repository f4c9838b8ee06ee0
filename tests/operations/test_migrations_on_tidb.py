"""No migration does what TiDB refuses, does half-way or silently leaves out. Read from operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import OperationalError, connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Lower

from imagesearch.database.transactions import number
from imagesearch.vectors.fields import VectorField

MAX_KEY_LENGTH = 768
"""Characters of an indexed text: TiDB's 3,072 bytes, four a character."""

Problems = Iterator[str]


def problems(migration: Migration, before: ProjectState) -> list[str]:
    """What TiDB would not do, or not at once. `before` is the state that the migration finds."""
    state, found = before.clone(), []
    for operation in flat(migration.operations):
        found += [
            f"{migration}: {problem}" for problem in in_operation(operation, state, migration.app_label)
        ]
        operation.state_forwards(migration.app_label, state)
    return found


def flat(given: Sequence[Operation]) -> Iterator[Operation]:
    for operation in given:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def in_operation(operation: Operation, state: ProjectState, app: str) -> Problems:
    if isinstance(operation, operations.CreateModel):
        own = (app, operation.name_lower)
        for name, field in operation.fields:
            yield from of_relation(name, field, state, own)
            yield from of_key(name, field)
        for index in operation.options.get("indexes", []):
            yield from of_index(index)
        for constraint in operation.options.get("constraints", []):
            yield from of_constraint(constraint)
    elif isinstance(operation, operations.AddField):
        yield from of_relation(operation.name, operation.field, state, (app, operation.model_name_lower))
        yield from of_new_column(operation.name, operation.field)
    elif isinstance(operation, operations.AlterField):
        old = state.models[app, operation.model_name_lower].get_field(operation.name)
        yield from of_changed_column(operation.name, old, operation.field)
    elif isinstance(operation, operations.RemoveField):
        if state.models[app, operation.model_name_lower].get_field(operation.name).primary_key:
            yield f"{operation.name} is the primary key, which TiDB never drops"
    elif isinstance(operation, operations.AddIndex):
        yield from of_index(operation.index)
    elif isinstance(operation, operations.AddConstraint):
        yield from of_constraint(operation.constraint)  # type: ignore[attr-defined]


def of_relation(name: str, field: Any, state: ProjectState, own: tuple[str, str]) -> Problems:
    """A key to a later table is added afterwards; where that fails, nothing is undone."""
    if not field.is_relation:
        return
    target = settings.AUTH_USER_MODEL if field.swappable_setting else field.remote_field.model
    key = tuple(target.lower().split(".")) if isinstance(target, str) else target._meta.label_lower.split(".")
    if tuple(key) not in {*state.models, own, ("", "self")} and target != "self":
        yield f"{name} points to {target}, whose table is not there yet"


def of_key(name: str, field: Any) -> Problems:
    if field.primary_key and not isinstance(field, models.BigIntegerField | models.OneToOneField):
        yield f"{name} is a {type(field).__name__}; keys are BIGINT, as TiDB scatters them over its range"
    indexed = (field.unique or field.db_index) and not field.is_relation
    if indexed and (isinstance(field, models.TextField) or (field.max_length or 0) > MAX_KEY_LENGTH):
        yield f"{name} is longer than an index of TiDB takes ({MAX_KEY_LENGTH} characters)"


def of_new_column(name: str, field: Any) -> Problems:
    yield from of_key(name, field)
    if isinstance(field, models.ForeignKey) and field.db_constraint:  # type: ignore[attr-defined]
        yield f"{name} brings its foreign key with it: error 1072, half-way; add it without, then alter it"
    elif field.unique:
        yield f"{name} is unique at once: error 8200; add it plain, fill it, then alter it"
    if isinstance(field, VectorField) and not field.null:
        yield f"{name} is NOT NULL, and old rows have no vector: it needs a table of its own"


def of_changed_column(name: str, old: Any, new: Any) -> Problems:
    yield from of_key(name, new)
    if (old.primary_key or new.primary_key) and kind(old) != kind(new):
        yield f"{name} is a primary key, which TiDB never changes: error 8200"
    if isinstance(old, VectorField) != isinstance(new, VectorField):
        yield f"{name} turns from or into a vector, which TiDB does not convert"
    elif isinstance(old, VectorField) and old.dimensions != new.dimensions:
        yield f"{name} goes from {old.dimensions} numbers to {new.dimensions}: a width needs a new table"
    elif isinstance(old, VectorField) and old.null and not new.null:
        yield f"{name} becomes NOT NULL, for which Django wants a vector for empty rows: take a new table"


def kind(field: Any) -> tuple[bool, str]:
    return field.primary_key, field.get_internal_type()


def of_index(index: models.Index) -> Problems:
    if index.expressions:
        yield f"index {index.name} is of an expression: MySQL's engine on TiDB silently leaves it out"
    if index.condition or index.include:
        yield f"index {index.name} has a condition or more columns: made without them"


def of_constraint(constraint: models.BaseConstraint) -> Problems:
    if not isinstance(constraint, models.UniqueConstraint):
        yield f"constraint {constraint.name} is not enforced by TiDB: check it in Python"
    elif not constraint.fields or constraint.condition or constraint.deferrable or constraint.include:  # type: ignore[attr-defined]
        yield f"constraint {constraint.name} is more than unique columns: silently left out"
    elif constraint.nulls_distinct is not None:
        yield f"constraint {constraint.name} says how NULLs count: silently left out"


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    """All migrations as the files have them; no database is asked."""
    return MigrationLoader(None)


def test_our_migrations_do_nothing_that_tidb_refuses(loader: MigrationLoader) -> None:
    ours = [node for node in loader.graph.nodes if node[0] == "gallery"]
    assert len(ours) >= 2
    found = []
    for node in ours:
        before = loader.project_state(node, at_end=False)
        found += problems(loader.get_migration(*node), before)
    assert found == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    """Whatever the database: MySQL's engine and SQLite's would see the same."""
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# That they would be found: one operation of each kind, on a table of rows.

SHELF = ModelState(
    "shop",
    "Shelf",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=100)),
        ("vector", VectorField(dimensions=3)),
        ("sketch", VectorField(dimensions=3, null=True)),
    ],
)


def shelf_key(**options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey("shop.Shelf", models.CASCADE, null=True, **options)


def create(**fields: models.Field[Any, Any]) -> operations.CreateModel:
    return operations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True)), *fields.items()])


def shop() -> ProjectState:
    state = ProjectState()
    state.add_model(SHELF)
    for model in (User, Group, Permission, ContentType):
        state.add_model(ModelState.from_model(model))
    return state


def after(*given: Operation) -> list[str]:
    migration = Migration("0009_tried", "shop")
    migration.operations = list(given)
    return problems(migration, shop())


BAD = {
    "a foreign key that comes with its column": (
        operations.AddField("shelf", "above", shelf_key()),
        "error 1072",
    ),
    "a unique column": (
        operations.AddField("shelf", "code", models.CharField(max_length=9, unique=True, null=True)),
        "unique at once",
    ),
    "a one-to-one column": (
        operations.AddField(
            "shelf",
            "twin",
            models.OneToOneField("shop.Shelf", models.CASCADE, db_constraint=False, null=True),
        ),
        "unique at once",
    ),
    "a vector NOT NULL": (
        operations.AddField("shelf", "other", VectorField(dimensions=3), preserve_default=False),
        "a table of its own",
    ),
    "a vector that may no longer be missing": (
        operations.AlterField("shelf", "sketch", VectorField(dimensions=3)),
        "becomes NOT NULL",
    ),
    "another width": (operations.AlterField("shelf", "vector", VectorField(dimensions=4)), "a new table"),
    "text that becomes a vector": (
        operations.AlterField("shelf", "name", VectorField(dimensions=3)),
        "into a vector",
    ),
    "another kind of key": (
        operations.AlterField("shelf", "id", models.BigIntegerField(primary_key=True)),
        "never changes",
    ),
    "another column as the key": (
        operations.AlterField("shelf", "name", models.CharField(max_length=100, primary_key=True)),
        "never changes",
    ),
    "a key that goes": (operations.RemoveField("shelf", "id"), "never drops"),
    "a small key": (
        operations.CreateModel("Box", [("id", models.AutoField(primary_key=True))]),
        "keys are BIGINT",
    ),
    "a key to a table that is made later": (
        create(lid=models.ForeignKey("shop.Lid", models.CASCADE)),
        "not there yet",
    ),
    "a link table to one that is made later": (
        create(lids=models.ManyToManyField("shop.Lid")),
        "not there yet",
    ),
    "an index of an expression": (
        operations.AddIndex("shelf", models.Index(Lower("name"), name="lower")),
        "silently leaves it out",
    ),
    "an index with a condition": (
        operations.AddIndex("shelf", models.Index(fields=["name"], name="some", condition=models.Q(id=1))),
        "made without",
    ),
    "a check": (
        operations.AddConstraint(
            "shelf", models.CheckConstraint(condition=models.Q(id__gt=0), name="positive")
        ),
        "not enforced",
    ),
    "a check in a new table": (
        operations.CreateModel(
            "Box",
            [("id", models.BigAutoField(primary_key=True))],
            options={"constraints": [models.CheckConstraint(condition=models.Q(id__gt=0), name="positive")]},
        ),
        "not enforced",
    ),
    "unique under a condition": (
        operations.AddConstraint(
            "shelf", models.UniqueConstraint(fields=["name"], condition=models.Q(id=1), name="one")
        ),
        "silently left out",
    ),
    "unique by an expression": (
        operations.AddConstraint("shelf", models.UniqueConstraint(Lower("name"), name="one")),
        "silently left out",
    ),
    "an index of a long text": (
        create(text=models.CharField(max_length=2000, db_index=True)),
        "longer than an index",
    ),
    "what hides in another operation": (
        operations.SeparateDatabaseAndState([operations.RemoveField("shelf", "id")]),
        "never drops",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_tidb_refuses_is_found(name: str) -> None:
    operation, reason = BAD[name]
    found = after(operation)
    assert [problem for problem in found if reason in problem], found


GOOD = {
    "a plain column": [operations.AddField("shelf", "note", models.TextField(null=True))],
    "a key without its constraint": [operations.AddField("shelf", "above", shelf_key(db_constraint=False))],
    "a vector that may be missing": [
        operations.AddField("shelf", "other", VectorField(dimensions=3, null=True))
    ],
    "a column that becomes unique": [
        operations.AddField("shelf", "code", models.CharField(max_length=9, null=True)),
        operations.AlterField("shelf", "code", models.CharField(max_length=9, null=True, unique=True)),
    ],
    "a table with keys to those before it, itself and the users": [
        create(
            shelf=shelf_key(),
            outer=models.ForeignKey("self", models.CASCADE, null=True, related_name="+"),
            owner=models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE),
        ),
        operations.CreateModel(
            "Lid",
            [("box", models.OneToOneField("shop.Box", models.CASCADE, primary_key=True))],
        ),
    ],
    "unique columns together": [
        operations.AddConstraint("shelf", models.UniqueConstraint(fields=["name", "id"], name="both"))
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_tidb_takes_is_let_through(name: str) -> None:
    assert after(*GOOD[name]) == []


# That the rules are true, by the database at hand.


@pytest.fixture
def shelves(transactional_db: None) -> Iterator[ProjectState]:
    """The table, with two rows that differ in nothing but their keys."""
    state = shop()
    shelf = state.apps.get_model("shop", "Shelf")
    with connection.schema_editor() as editor:
        editor.create_model(shelf)
    for _ in range(2):
        shelf.objects.create(name="same", vector=[1, 2, 3])
    yield state
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in ("shop_lid", "shop_box", "shop_shelf"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def run(given: Sequence[Operation], state: ProjectState) -> ProjectState:
    for operation in given:
        later = state.clone()
        operation.state_forwards("shop", later)
        with connection.schema_editor() as editor:
            operation.database_forwards("shop", editor, state, later)
        state = later
    return state


@pytest.mark.parametrize("name", GOOD)
def test_what_is_let_through_is_done_and_old_rows_stay(name: str, shelves: ProjectState) -> None:
    state = run(GOOD[name], shelves)  # type: ignore[arg-type]
    rows = state.apps.get_model("shop", "Shelf").objects.order_by("pk")
    assert [(row.name, row.vector.tolist()) for row in rows] == [("same", [1, 2, 3])] * 2


REFUSED = {
    "another width": 1105,
    "text that becomes a vector": 8200,
    "another kind of key": 8200,
    "another column as the key": 1068,
    "a key that goes": 8200,
    "an index of a long text": 1071,
}
BY_DJANGOS_ENGINE = {
    "a foreign key that comes with its column": 1072,
    "a unique column": 8200,
    "a one-to-one column": 8200,
}


@pytest.mark.tidb
@pytest.mark.parametrize("name", [*REFUSED, *BY_DJANGOS_ENGINE])
def test_a_real_tidb_refuses_it(name: str, shelves: ProjectState) -> None:
    if name in BY_DJANGOS_ENGINE and connection.settings_dict["ENGINE"] == "django_tidb":
        run([BAD[name][0]], shelves)  # django-tidb takes two steps by itself
        return
    with pytest.raises(OperationalError) as caught:
        run([BAD[name][0]], shelves)
    assert number(caught.value) == {**REFUSED, **BY_DJANGOS_ENGINE}[name]


@pytest.mark.tidb
@pytest.mark.parametrize("name", ["a check", "unique under a condition"])
def test_a_real_tidb_leaves_it_out(name: str, shelves: ProjectState) -> None:
    run([BAD[name][0]], shelves)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "shop_shelf")
    assert list(found) == ["PRIMARY"]
