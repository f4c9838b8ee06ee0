"""`manage.py quickstart` on a TiDB server, without a terminal: it creates a missing database, alters none."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.tidb, pytest.mark.slow, pytest.mark.django_db]

RIGHT, OTHER = "utf8mb4_0900_ai_ci", "utf8mb4_bin"


@pytest.fixture
def name() -> Iterator[str]:
    """Of a database that the server does not have."""
    made = f"made-by-test-{secrets.token_hex(4)}"
    yield made
    execute(f"DROP DATABASE IF EXISTS `{made}`", f"DROP USER IF EXISTS '{made}'@'%'")


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def collation(name: str) -> str | None:
    """Of a database; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DEFAULT_COLLATION_NAME FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = %s", [name]
        )
        row = cursor.fetchone()
    return str(row[0]) if row else None


def quickstart(name: str, folder: Path, user: str = "root") -> subprocess.CompletedProcess[str]:
    """As `make run` calls it: no option, no terminal."""
    server = connection.settings_dict
    return subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--no-samples"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"tidb://{user}@{server['HOST']}:{server['PORT']}/{name}",
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "imagesearch.settings",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_a_missing_database_is_created_with_the_right_collation(name: str, tmp_path: Path) -> None:
    ended = quickstart(name, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert collation(name) == RIGHT
    assert quickstart(name, tmp_path).returncode == 0


def test_an_account_with_all_rights_on_that_database_alone_may_create_it(name: str, tmp_path: Path) -> None:
    execute(f"CREATE USER '{name}'@'%'", f"GRANT ALL ON `{name}`.* TO '{name}'@'%'")
    assert quickstart(name, tmp_path, user=name).returncode == 0
    assert collation(name) == RIGHT


def test_an_account_without_the_right_is_told_what_an_administrator_can_run(
    name: str, tmp_path: Path
) -> None:
    execute(f"CREATE USER '{name}'@'%'")
    ended = quickstart(name, tmp_path, user=name)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert collation(name) is None
    lines = ended.stderr[ended.stderr.index("CREATE DATABASE") :].strip()
    execute(*(statement.replace("%", "%%") for statement in lines.split(";") if statement.strip()))
    assert quickstart(name, tmp_path, user=name).returncode == 0


def test_an_existing_database_with_another_collation_is_reported_and_not_altered(
    name: str, tmp_path: Path
) -> None:
    execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {OTHER}")
    ended = quickstart(name, tmp_path)
    assert "imagesearch.E012" in ended.stderr
    assert ended.returncode == 1
    assert collation(name) == OTHER
