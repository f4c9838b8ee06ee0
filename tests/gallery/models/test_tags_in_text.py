"""Tags written as text: with commas, quotes and other signs they survive each way in and out."""

from __future__ import annotations

import csv
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gallery.models import ImageItem
from gallery.text.tag_lists import join_tags, split_cell, split_tags, unique_tags
from tests.conftest import add, draw
from tests.gallery.support.api_programs import Api, upload

ODD = ["Doe, Jane", "a;b", "c|d", 'the "best"', '"quoted"', '27" screen', '"', ",", "it's", "C#", "猫, 犬"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cats, black and white,Paris", ["cats", "black and white", "Paris"]),
        ('"Doe, Jane", pets', ["Doe, Jane", "pets"]),
        ('  "Doe,  Jane"  ,pets', ["Doe, Jane", "pets"]),
        ('"say ""hi"", please"', ['say "hi", please']),
        ('27" screen, x', ['27" screen', "x"]),
        ('"open, x', ['"open', "x"]),
        ('"a" b, c', ['"a" b', "c"]),
        (' ,, "" , a,', ["a"]),
        ("Doors, old , doors, DOORS", ["Doors", "old"]),
        ("", []),
    ],
)
def test_commas_separate_names_outside_of_quotes(text: str, names: list[str]) -> None:
    assert split_tags(text) == names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("cats; dogs|birds", ["cats", "dogs", "birds"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ("Doe, Jane; pets", ["Doe, Jane", "pets"]),
        ('"Doe, Jane"; pets', ["Doe, Jane", "pets"]),
        ('"Doe, Jane", pets', ["Doe, Jane", "pets"]),
        ('pets, "Doe, Jane"', ["pets", "Doe, Jane"]),
        ('"a;b"|"c|d"', ["a;b", "c|d"]),
    ],
)
def test_a_cell_of_a_table_reads_its_own_separators_and_the_forms(cell: str, names: list[str]) -> None:
    assert split_cell(cell) == names


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
odd_names = st.text(st.sampled_from(' ",;|ab'), max_size=8)


@given(st.lists(names | odd_names, max_size=8))
def test_any_tags_can_be_written_and_read_again(written: list[str]) -> None:
    tags = unique_tags(written)
    assert split_tags(join_tags(tags)) == tags
    assert split_cell(join_tags(tags, "; ")) == split_cell(join_tags(tags, "|")) == tags


@pytest.mark.django_db(transaction=True)
def test_tags_go_from_a_form_to_the_api_to_a_table_to_a_form(
    client: Client, uploader: User, tmp_path: Path
) -> None:
    client.force_login(uploader)
    form = add("red", owner=uploader)
    client.post(f"/image/{form.pk}/edit/", {"tags": join_tags(ODD)})
    read = Api(uploader).get(f"/api/images/{form.pk}").json()["tags"]
    sent = Api(uploader).post("/api/images", image=upload(draw("blue")), tags=join_tags(read)).json()
    patched = Api(uploader).patch(f"/api/images/{add('green', owner=uploader).pk}", {"tags": read}).json()
    (tmp_path / "sea.png").write_bytes(draw("purple"))
    table = StringIO()
    csv.writer(table).writerows([["path", "tags"], ["sea.png", join_tags(sent["tags"], "; ")]])
    (tmp_path / "list.csv").write_text(table.getvalue(), encoding="utf-8")
    call_command("import_images", str(tmp_path / "list.csv"), owner="uploader")
    imported = ImageItem.objects.latest("pk")
    shown = client.get(f"/image/{imported.pk}/").context["edit_form"]["tags"].value()

    assert set(read) == set(sent["tags"]) == set(patched["tags"]) == set(split_tags(shown)) == set(ODD)


@pytest.mark.django_db(transaction=True)
def test_a_tag_with_a_comma_from_a_table_stays_when_only_the_title_is_edited(
    client: Client, uploader: User, tmp_path: Path
) -> None:
    (tmp_path / "sea.png").write_bytes(draw("purple"))
    (tmp_path / "list.csv").write_text('path,tags\nsea.png,"Doe, Jane;pets"\n')
    call_command("import_images", str(tmp_path / "list.csv"), owner="uploader")
    item = ImageItem.objects.get()
    client.force_login(uploader)
    form = client.get(f"/image/{item.pk}/").context["edit_form"]
    client.post(
        f"/image/{item.pk}/edit/", {field.html_name: field.value() for field in form} | {"title": "X"}
    )
    item.refresh_from_db()
    assert (item.title, sorted(tag.name for tag in item.tags.all())) == ("X", ["Doe, Jane", "pets"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["x" * 200, "y" * 10_000, ";".join(map(str, range(50)))], ""),
        (["x" * 201, "", ""], "title has 201 characters"),
        (["", "y" * 10_001, ""], "caption has 10,001 characters"),
        (["", "y" * 20_000, ""], "caption has 20,000 characters"),
        (["", "", ";".join(map(str, range(51)))], "51 tags"),
        (["", "", "z" * 65], "has 65 characters"),
        (["bell\x07", "", ""], "U+0007"),
        (["", "", "nul\x00"], "U+0000"),
        (["tab\tand\x0bline", "one\r\ntwo", ""], ""),
    ],
)
def test_a_row_beyond_the_limits_is_refused_with_its_reason_and_the_others_are_imported(
    tmp_path: Path, row: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, colour in (("odd.png", "red"), ("plain.png", "blue")):
        (tmp_path / name).write_bytes(draw(colour))
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [["path", "title", "caption", "tags"], ["odd.png", *row], ["plain.png", "", "", ""]]
        csv.writer(file).writerows(rows)
    with suppress(CommandError):
        call_command("import_images", str(tmp_path / "list.csv"))
    assert problem in capsys.readouterr().out.replace("\n", " ")
    assert ImageItem.objects.count() == (1 if problem else 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "tags", [", ".join(map(str, range(51))), "x" * 65, "bell\x07", "\u0301", "\u200b", "nul\x00"]
)
def test_no_door_cuts_tags_it_refuses_them(client: Client, uploader: User, tags: str) -> None:
    client.force_login(uploader)
    added = client.post("/add/", {"image": upload(draw("red")), "tags": tags})
    assert added.status_code == 422
    assert Api(uploader).post("/api/images", image=upload(draw("red")), tags=tags).status_code == 400
    assert not ImageItem.objects.exists()
