"""What another process writes is known to the next search here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from imagesearch.vectors.nearest import nearest
from tests.points.models import Board, Pin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[3]

ANOTHER_PROCESS = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from tests.points.models import Board, Pin
exec(sys.argv[2])
"""


def path() -> str:
    return str(connection.settings_dict["NAME"])


def distances() -> list[float]:
    return [distance for _, distance in nearest(Pin, "vector", [1, 0, 0], 10)]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Pin.objects.update(vector=[3, 4, 0])", [0.4]),
        ("Pin.objects.bulk_create([Pin(vector=[1, 0, 0]), Pin(vector=[4, 3, 0])])", [0.0, 0.2, 1.0]),
        (
            "pin = Pin.objects.get(); pin.vector = [4, 3, 0]; Pin.objects.bulk_update([pin], ['vector'])",
            [0.2],
        ),
        ("Board.objects.get().delete()", []),
    ],
    ids=["update", "bulk_create", "bulk_update", "cascade"],
)
def test_what_another_process_writes_is_found_by_the_next_search(written: str, found: list[float]) -> None:
    Pin.objects.create(board=Board.objects.create(), vector=[0, 1, 0])
    assert distances() == [1.0]
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, path(), written], cwd=ROOT, check=True)
    assert distances() == found


# No word of Django's or of ours: what a connection takes comes as JSON, and the statement as it is.
STRANGERS = {
    "sqlite": "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()",
    "mysql": "import json, MySQLdb, sys; d = MySQLdb.connect(**json.loads(sys.argv[1]));"
    " d.cursor().execute(sys.argv[2]); d.commit()",
}


def as_a_stranger(sql: str) -> None:
    place, vendor = connection.settings_dict, connection.vendor
    server = {"host": place["HOST"], "port": int(place["PORT"] or 0), "user": place["USER"]}
    to = path() if vendor == "sqlite" else json.dumps({**server, "passwd": place["PASSWORD"], "db": path()})
    subprocess.run([sys.executable, "-c", STRANGERS[vendor], to, sql], check=True)


def test_raw_sql_of_a_program_that_knows_nothing_of_us_is_followed() -> None:
    Pin.objects.create(vector=[0, 1, 0])
    assert distances() == [1.0]
    vector_x = "x'0000803f0000000000000000'" if connection.vendor == "sqlite" else "'[1, 0, 0]'"
    as_a_stranger(f"UPDATE points_pin SET vector = {vector_x}")
    assert distances() == [0.0]
    as_a_stranger("DELETE FROM points_pin")
    assert distances() == []
