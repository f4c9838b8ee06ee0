"""`manage.py calibrate`, what does it by itself, and where its findings are shown."""

from __future__ import annotations

import logging
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from gallery.calibration import measuring
from gallery.maintenance.worker import Worker
from gallery.models import VectorSpace
from imagesearch.embeddings.scores import Cuts
from imagesearch.errors import EmbeddingUnavailable
from imagesearch.jobs.graceful_stop import Stop
from tests.conftest import draw
from tests.gallery.calibration.test_calibration import colours
from tests.gallery.support.vectors import along, fill
from tests.support.embedder import ColourEmbedder, OppositeEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "Bands are calibrated on this gallery: at least 9 of 10 strong matches share a tag."


def run(name: str = "calibrate", *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


# --- the command -----------------------------------------------------------------------------------


def test_it_prints_what_it_found_and_sets_it() -> None:
    colours(24)
    printed = run()
    assert "tests.support.embedder.ColourEmbedder on 240 images" in printed
    assert "28,680 random pairs" in printed
    assert ["before", "0.400", "0.600", "0.800", "1.000"] in [line.split() for line in printed.splitlines()]
    assert ["strong", "1,380", "1.000"] in [line.split() for line in printed.splitlines()]
    assert SENTENCE in printed
    assert printed.endswith("Set; every search reads it from now on.\n")
    assert VectorSpace.current().trust("picture") == SENTENCE


def test_a_dry_run_changes_nothing() -> None:
    colours(24)
    VectorSpace.objects.update(calibration=None)
    printed = run(dry_run=True)
    assert "none, so there are no bands" in printed
    assert printed.endswith("Nothing was changed.\n")
    space = VectorSpace.current()
    assert (space.calibration, space.measured, space.trust("picture")) == (None, None, "")


def test_a_model_that_nobody_has_measured_gets_bands(monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "calibration", None)
    monkeypatch.setattr(measuring, "EVERYDAY", ["red", "green", "blue"])
    fill([along(0)] * 30 + [along(1)] * 30)
    assert VectorSpace.current().cuts() is None
    assert "Too few tags to say how often a match shares one." in run()
    cuts = VectorSpace.current().cuts()
    assert cuts
    assert cuts.picture == Cuts(0.4, 0.6, 0.8)


def test_an_empty_gallery_is_said() -> None:
    with pytest.raises(CommandError, match="No image has a vector yet"):
        run()


def test_a_model_that_is_away_is_said_and_changes_nothing(monkeypatch: Any) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        raise EmbeddingUnavailable("The model is away.")

    colours(24)
    monkeypatch.setattr(measuring, "text_vectors", fail)
    with pytest.raises(CommandError, match="The model is away"):
        run()
    assert VectorSpace.current().measured is None


def test_a_model_that_knows_no_words_is_measured_by_pictures(monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    colours(24)
    assert "not measured: the model knows no words" in run()
    assert VectorSpace.current().trust("words") == ""


def test_a_change_of_model_meanwhile_is_said(monkeypatch: Any) -> None:
    colours(24)
    monkeypatch.setattr(measuring, "store", lambda space, measured: False)
    with pytest.raises(CommandError, match="The model was changed meanwhile"):
        run()


# --- by itself -------------------------------------------------------------------------------------


def test_an_import_that_doubles_the_gallery_calibrates_it(tmp_path: Path) -> None:
    for count, said in ((49, ""), (50, "The bands are calibrated on 50 images."), (60, "")):
        folder = tmp_path / str(count)
        folder.mkdir()
        for mark in range(count):
            (folder / f"{mark}.png").write_bytes(draw("red" if mark % 2 else "blue", mark=mark))
        printed = run("import_images", str(folder), min_free=0.0)
        assert printed.count("The bands are calibrated") == bool(said)
        assert said in printed


def test_an_import_goes_well_though_it_cannot_be_calibrated(tmp_path: Path, monkeypatch: Any) -> None:
    def fail(*args: Any, **options: Any) -> Any:
        raise RuntimeError("Out of paper.")

    monkeypatch.setattr(measuring, "recalibrate", fail)
    (tmp_path / "one.png").write_bytes(draw())
    printed = run("import_images", str(tmp_path / "one.png"), min_free=0.0)
    assert "The bands could not be calibrated (Out of paper.)" in printed
    assert "1 added" in printed


def test_the_worker_calibrates_when_nothing_else_is_to_do(monkeypatch: Any, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "gallery.maintenance.worker")
    colours(24)
    worker = Worker(Stop())
    assert worker.step() is False
    assert VectorSpace.current().measured
    assert "The bands are calibrated on 240 images." in caplog.text
    # and looks again a minute later, not each second
    monkeypatch.setattr(measuring, "recalibrate", lambda: pytest.fail("Too soon."))
    assert worker.step() is False


def test_a_worker_that_cannot_calibrate_says_so_and_goes_on(monkeypatch: Any, caplog: Any) -> None:
    def fail() -> Any:
        raise EmbeddingUnavailable("The model is away.")

    monkeypatch.setattr(measuring, "recalibrate", fail)
    worker = Worker(Stop())
    assert worker.step() is False
    assert "The bands could not be calibrated: The model is away." in caplog.text


def test_a_change_of_model_calibrates_the_new_one(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(measuring, "EVERYDAY", ["green", "yellow", "purple"])
    folder = tmp_path / "new"  # beside the gallery's own pictures, which are in tmp_path too
    folder.mkdir()
    for mark in range(50):
        (folder / f"{mark}.png").write_bytes(draw("red" if mark % 2 else "blue", mark=mark))
    run("import_images", str(folder), min_free=0.0, tags=["red"])
    printed = run("change_model", OppositeEmbedder.name)
    assert "answers now.\nThe bands are calibrated on 50 images." in printed
    now, before = VectorSpace.objects.get(active=True), VectorSpace.objects.get(active=False)
    assert now.cuts()  # the model has none of its own
    findings = before.findings()
    assert findings
    assert findings.images == 50


# --- where it is shown -----------------------------------------------------------------------------


def test_the_status_page_tells_what_the_bands_rest_on(client: Client, staff: User) -> None:
    colours(24)
    assert b"Not calibrated on this gallery yet" in client.get("/status/").content
    measuring.recalibrate()
    text = client.get("/status/").content.decode()
    assert (
        "By picture: strong from 0.80, likely from 0.60, weak from 0.40 (the model&#x27;s own cuts)" in text
    )
    assert SENTENCE in text
    assert "on 240 images" not in text  # some of which this person may not see
    client.force_login(staff)
    assert "on 240 images" in client.get("/status/").content.decode()


def test_programs_are_told_too(client: Client) -> None:
    assert client.get("/api/status").json()["calibration"] is None
    colours(24)
    measured = measuring.recalibrate()
    assert measured
    found = client.get("/api/status").json()["calibration"]
    assert found["picture"] == {
        "cuts": {"weak": 0.4, "likely": 0.6, "strong": 0.8, "top": 1.0},
        "strong_share": 1.0,
    }
    assert found["at"] == measured.at
    assert found["images"] is None


def test_the_admin_shows_cuts_and_shares_of_each_space(client: Client, staff: User) -> None:
    colours(24)
    client.force_login(staff)
    address = f"/admin/gallery/vectorspace/{VectorSpace.current().pk}/change/"
    text = client.get(address).content.decode()
    assert "Not on this gallery yet: manage.py calibrate" in text
    assert "strong from 0.80, likely from 0.60, weak from 0.40" in text
    measuring.recalibrate()
    text = client.get(address).content.decode()
    assert "on 240 images" in text
    assert "Sharing a tag: 1,380 of 1,380 strong" in text
    VectorSpace.objects.update(calibration=None, measured=None)
    assert "no bands" in client.get(address).content.decode()
