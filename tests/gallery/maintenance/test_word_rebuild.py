"""An upgraded gallery, and one whose language is set, gets new words while it answers from the old ones."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from gallery.ingest.terms import outdated_terms, write_terms
from gallery.maintenance import word_rebuild
from gallery.maintenance.word_rebuild import WordRebuild
from gallery.maintenance.worker import Worker
from gallery.models import ImageItem, SavedSearch, Tag, Term, WordIndexState
from gallery.search.autocomplete import titles
from gallery.text.words import Form, WordRules
from imagesearch.jobs.graceful_stop import Stop
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

VERSION_1 = WordRules(version=1)
fold_names_again = import_module("gallery.migrations.0013_fold_names_again")
rebuild_words = import_module("gallery.migrations.0014_rebuild_words")
EDITOR = SimpleNamespace(connection=connection)


def as_version_1() -> None:
    """The index as version 1 has left it."""
    WordIndexState.objects.update_or_create(pk=1, defaults={"version": 1, "language": "", "position": 0})
    write_terms(ImageItem.objects.all(), Term.objects.all(), [VERSION_1])


def found(text: str) -> list[str]:
    matches = ImageItem.objects.visible_to(None).word_matches(text, 10)
    return [ImageItem.objects.get(pk=pk).title for pk, _ in matches]


@pytest.fixture
def one_by_one(monkeypatch: Any) -> None:
    monkeypatch.setattr(word_rebuild, "BATCH", 1)


@pytest.fixture
def upgraded(one_by_one: None) -> None:
    for mark, title in enumerate(["My selfies", "東京タワーの夜景", "Sea boxes"]):
        add("red", mark=mark, name=f"{mark}.png", title=title)
    as_version_1()


def test_until_all_is_written_the_old_words_answer(upgraded: None) -> None:
    words = WordRebuild()
    assert words.remaining() == 6
    for _ in range(2):
        assert words.step() == 1
        assert found("selfie") == found("東京タワー") == []
        assert found("box") == ["Sea boxes"]
        assert titles("sea", ImageItem.objects.visible_to(None)) == ["Sea boxes"]
    assert words.remaining() == 4
    assert WordIndexState.current().rules == VERSION_1


def test_it_goes_on_where_it_stopped_and_then_the_new_words_answer(upgraded: None) -> None:
    WordRebuild().step()
    assert WordIndexState.current().position == ImageItem.objects.order_by("pk")[0].pk
    WordRebuild().finish()
    assert found("selfie") == ["My selfies"]
    assert found("東京タワー") == ["東京タワーの夜景"]
    assert not Term.objects.filter(form=Form.EARLIER).exists()
    assert not WordRebuild().is_needed
    assert WordRebuild().step() == WordRebuild().remaining() == 0


def test_images_that_come_or_change_meanwhile_are_found_by_old_and_new_words(upgraded: None) -> None:
    WordRebuild().step()
    add("blue", name="new.png", title="New cookies")
    changed = ImageItem.objects.get(title="My selfies")
    changed.title = "Old pies"
    changed.save()
    assert found("cookies") == ["New cookies"]
    assert found("pies") == ["Old pies"]
    WordRebuild().finish()
    assert found("cookie") == ["New cookies"]
    assert found("pie") == ["Old pies"]
    assert outdated_terms(list(ImageItem.objects.values_list("pk", flat=True))) == []
    assert not Term.objects.filter(form=Form.EARLIER).exists()


def test_the_migration_rebuilds_and_shows_progress(upgraded: None, capsys: Any) -> None:
    rebuild_words.rebuild(apps, EDITOR)
    assert found("selfie") == ["My selfies"]
    assert "6" in capsys.readouterr().err
    rebuild_words.rebuild(apps, EDITOR)
    assert capsys.readouterr().err == ""


def test_the_worker_rebuilds_too(upgraded: None) -> None:
    worker = Worker(Stop())
    while worker.step():
        pass
    assert not WordRebuild().is_needed
    assert found("selfie") == ["My selfies"]


def test_check_gallery_rebuilds_an_index_of_an_earlier_version(upgraded: None, capsys: Any) -> None:
    with pytest.raises(Exception, match="do not agree"):
        call_command("check_gallery")
    call_command("check_gallery", "--fix")
    call_command("check_gallery")
    assert found("selfie") == ["My selfies"]


def test_another_language_adds_its_stems(one_by_one: None, settings: Any) -> None:
    item = add("red", name="x.png", title="Zwei Hunde")
    assert found("Hund") == []
    settings.SEARCH_LANGUAGE = "de"
    assert WordIndexState.current().rules == WordRules()
    WordRebuild().finish()
    (pair,) = ImageItem.objects.word_matches("Hund", 5)
    assert pair == (item.pk, 0.8)
    assert ImageItem.objects.word_matches("Hunde", 5) == [(item.pk, 1.0)]
    assert ImageItem.objects.word_shares("Hund", [item.pk]) == {item.pk: 0.8}
    settings.SEARCH_LANGUAGE = ""
    WordRebuild().finish()
    assert found("Hund") == []
    assert not Term.objects.filter(form=Form.STEM).exists()


def test_an_unknown_language_is_an_error_that_lists_the_known_ones(settings: Any) -> None:
    from gallery.checks import check_language

    settings.SEARCH_LANGUAGE = "xx"
    (error,) = check_language()
    assert error.id == "gallery.E002"
    assert "de, " in str(error.hint)
    settings.SEARCH_LANGUAGE = "DE"
    assert check_language() == []


# --- tags and saved searches -----------------------------------------------------------------------


def test_tags_that_are_one_now_are_merged_and_listed(capsys: Any) -> None:
    lodz, plain = Tag.objects.create(name="Łódź"), Tag.objects.create(name="x")
    Tag.objects.filter(pk=lodz.pk).update(key="łodz")
    Tag.objects.filter(pk=plain.pk).update(name="Lodz", key="lodz")
    images = [add("red", mark=mark) for mark in range(3)]
    images[0].tags.set([lodz, plain])
    images[1].tags.set([lodz])
    images[2].tags.set([lodz])
    fold_names_again.fold_again(apps, EDITOR)
    (tag,) = Tag.objects.all()
    assert (tag.pk, tag.name, tag.key) == (lodz.pk, "Łódź", "lodz")
    assert ImageItem.objects.tagged("Lodz").count() == 3
    assert [tag.images.count() for tag in Tag.objects.all()] == [3]
    assert "'Lodz' (1 images) with 'Łódź'" in capsys.readouterr().err
    assert WordIndexState.current().version == 1


def test_tags_whose_marks_were_ignored_are_listed(capsys: Any) -> None:
    bus = Tag.objects.create(name="バス")
    Tag.objects.filter(pk=bus.pk).update(key="ハス")
    Tag.objects.create(name="ハス2")
    fold_names_again.fold_again(apps, EDITOR)
    assert Tag.objects.get(pk=bus.pk).key == "バス"
    err = capsys.readouterr().err
    assert "  バス\n" in err


def test_keys_may_change_places() -> None:
    one, other = Tag.objects.create(name="one"), Tag.objects.create(name="other")
    Tag.objects.filter(pk=one.pk).update(key="moved")
    Tag.objects.filter(pk=other.pk).update(key="one")
    fold_names_again.fold_again(apps, EDITOR)
    assert dict(Tag.objects.values_list("name", "key")) == {"one": "one", "other": "other"}


def test_saved_searches_of_one_name_get_a_number() -> None:
    for name, key in (("Łódź", "łodz"), ("Lodz", "lodz")):
        saved = SavedSearch.objects.create(name=f"{name}{key}", query="q=x")
        SavedSearch.objects.filter(pk=saved.pk).update(name=name, key=key)
    fold_names_again.fold_again(apps, EDITOR)
    assert list(SavedSearch.objects.order_by("pk").values_list("name", "key")) == [
        ("Łódź", "lodz"),
        ("Lodz (2)", "lodz (2)"),
    ]


def test_a_new_gallery_has_nothing_to_rebuild(capsys: Any) -> None:
    fold_names_again.fold_again(apps, EDITOR)
    assert WordIndexState.current().rules == WordRules()
    assert not WordRebuild().is_needed
    assert capsys.readouterr().err == ""
