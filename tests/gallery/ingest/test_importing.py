"""Many pictures come in at once: from folders, CSV files and lists of URLs, as often as one likes."""

from __future__ import annotations

import csv
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from gallery.ingest import indexing
from gallery.ingest.disk_space import Disk
from gallery.ingest.importing import importer
from gallery.ingest.importing.sources import entries
from gallery.models import Embedding, ImageItem, Term
from imagesearch.errors import EmbeddingError, StorageFull
from imagesearch.images import decode as images
from tests.conftest import add, draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(*arguments: Any, **options: Any) -> str:
    """What the command prints; a fault that ends it with an exit code of 1 is left out."""
    out = StringIO()
    try:
        call_command("import_images", *map(str, arguments), stdout=out, **options)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures, one of them below."""
    folder = tmp_path / "photos"
    for name, color in (("Red door.png", "red"), ("blue.png", "blue"), ("trips/2024/green.png", "green")):
        put(folder, name, draw(color))
    return folder


def titles() -> list[str]:
    return sorted(ImageItem.objects.values_list("title", flat=True))


# --- what is imported ---------------------------------------------------------------------------


def test_a_folder_is_imported_with_all_below_it(photos: Path) -> None:
    assert "3 added, 0 already here." in run(photos)
    assert titles() == ["Red door", "blue", "green"]
    assert Embedding.objects.count() == 3
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"ready"}
    assert Term.objects.filter(term="door").exists()


def test_owner_and_tags_are_given_to_all(photos: Path) -> None:
    ann = User.objects.create_user("ann")
    run(photos, tags=["Holiday", "2024"], owner="ann")
    item = ImageItem.objects.get(title="blue")
    assert item.owner == ann
    assert sorted(tag.name for tag in item.tags.all()) == ["2024", "Holiday"]
    assert Term.objects.filter(image=item, term="holiday", weight=4).exists()


def test_an_unknown_owner_is_refused_before_anything_is_imported(photos: Path) -> None:
    assert "There is no user nobody" in run(photos, owner="nobody")
    assert not ImageItem.objects.exists()


def test_hidden_files_and_loops_of_links_are_passed_over(photos: Path) -> None:
    put(photos, ".hidden.png", draw("yellow"))
    put(photos, ".cache/thumb.png", draw("purple"))
    os.symlink(photos, photos / "trips" / "again")
    os.symlink("loop", photos / "loop")
    assert "3 added, 0 already here, 3 other files passed over." in run(photos)


def test_a_file_is_judged_by_its_content(photos: Path) -> None:
    put(photos, "letter.jpg", "Dear Sir or Madam")  # meant as a picture, and is none
    put(photos, "notes.txt", "hello")
    put(photos, "no ending", draw("yellow"))
    put(photos, "wrong ending.jpg", draw("purple"))  # a PNG
    printed = run(photos)
    assert "5 added, 0 already here, 1 refused, 1 other file passed over." in printed
    assert f"{photos / 'letter.jpg'}: This is a text file." in printed
    assert "exit 1" in printed
    assert ImageItem.objects.get(title="wrong ending").format == "PNG"


def test_a_name_that_is_no_text_is_taken_all_the_same(photos: Path) -> None:
    Path(os.fsdecode(os.fsencode(photos) + b"/caf\xe9.png")).write_bytes(draw("yellow"))
    assert "4 added" in run(photos)
    assert ImageItem.objects.filter(original_name="caf�.png").exists()


def test_a_source_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "There is no" in run(tmp_path / "nowhere")


def test_a_csv_names_files_with_title_tags_and_caption(photos: Path) -> None:
    table = put(
        photos,
        "list.csv",
        "\ufeffPATH, Title ,Tags,caption\n"
        'blue.png,"The sea, at noon",sea; summer |blue,Seen from the pier\n'
        "trips/2024/green.png,,,\n"
        "missing.png,Gone,,\n"
        ",No picture,,\n",
    )
    printed = run(table)
    assert "2 added, 0 already here, 2 refused." in printed
    assert "missing.png: There is no such file." in printed
    assert "list.csv, line 5: This line has neither a path nor a url." in printed
    item = ImageItem.objects.get(title="The sea, at noon")
    assert item.caption == "Seen from the pier"
    assert sorted(tag.name for tag in item.tags.all()) == ["blue", "sea", "summer"]
    assert ImageItem.objects.filter(title="green").exists()


def test_a_csv_of_a_spreadsheet_with_semicolons_is_read(photos: Path) -> None:
    run(put(photos, "list.csv", "path;title;tags\nblue.png;The sea;sea|summer\n"))
    assert ImageItem.objects.get().tags.count() == 2


def test_a_csv_without_a_column_of_sources_says_which_it_has(tmp_path: Path) -> None:
    (entry,) = entries(str(put(tmp_path, "list.csv", "name,title\na,b\n")))
    assert "name, title" in entry.problem


@pytest.fixture
def site(httpserver: Any, settings: Any) -> Any:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/red.png").respond_with_data(draw("red"), content_type="image/png")
    httpserver.expect_request("/gone.png").respond_with_data("gone", status=404)
    return httpserver


def test_a_list_of_addresses_is_fetched_once(site: Any, tmp_path: Path) -> None:
    listed = put(
        tmp_path,
        "list.txt",
        f"# mine\n{site.url_for('/red.png')}\n\nnot a url\n{site.url_for('/gone.png')}\n",
    )
    printed = run(listed)
    assert "1 added, 0 already here, 2 refused." in printed
    assert "list.txt, line 4: “not a url” is not a URL" in printed
    assert "404" in printed
    item = ImageItem.objects.get()
    assert (item.title, item.image_uri) == ("red", site.url_for("/red.png"))
    asked = len(site.log)
    assert "0 added, 1 already here" in run(site.url_for("/red.png"))
    assert len(site.log) == asked


# --- what happens with what is there already, and with what fails --------------------------------


def test_a_second_run_decodes_and_embeds_nothing(photos: Path, monkeypatch: Any) -> None:
    run(photos)
    monkeypatch.setattr("gallery.ingest.intake.decode", lambda *_: pytest.fail("decoded again"))
    monkeypatch.setattr(indexing, "index_batch", lambda *_: pytest.fail("embedded again"))
    assert "0 added, 3 already here." in run(photos)


def test_copies_become_one_image(photos: Path) -> None:
    put(photos, "copy of blue.png", draw("blue"))
    assert "3 added, 1 already here." in run(photos)


def test_each_picture_is_decoded_once(photos: Path, monkeypatch: Any) -> None:
    decoded = []

    def decode(source: Any, name: str = "") -> images.Photo:
        decoded.append(name)
        return images.decode(source, name)

    monkeypatch.setattr("gallery.ingest.intake.decode", decode)
    monkeypatch.setattr("gallery.ingest.indexing.decode", decode)
    run(photos)
    assert sorted(decoded) == ["Red door.png", "blue.png", "green.png"]


def test_only_the_first_reasons_are_shown_and_the_report_has_all(tmp_path: Path) -> None:
    for number in range(25):
        put(tmp_path / "photos", f"{number:02}.jpg", "no picture")
    printed = run(tmp_path / "photos", report=str(tmp_path / "report.csv"))
    assert printed.count("This is a text file.") == 20
    assert "… and 5 more; --report FILE writes down all of them." in printed
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert rows[24]["source"].endswith("24.jpg")
    assert rows[24]["outcome"] == "refused"


def test_a_failing_model_loses_no_picture_and_the_next_run_tries_again(
    photos: Path, monkeypatch: Any
) -> None:
    def embed_images(self: ColourEmbedder, pictures: Any) -> Any:
        raise EmbeddingError("The model does not like this.")

    with monkeypatch.context() as patched:
        patched.setattr(ColourEmbedder, "embed_images", embed_images)
        printed = run(photos)
    assert "3 added, 0 already here, 3 failed." in printed
    assert "blue.png: The model does not like this." in printed
    assert "exit 1" in printed
    assert ImageItem.objects.filter(state="failed").count() == 3
    assert "0 added, 3 already here." in run(photos)
    assert ImageItem.objects.filter(state="ready").count() == 3


def test_an_image_that_lost_its_file_gets_it_back(photos: Path) -> None:
    run(photos)
    item = ImageItem.objects.get(title="blue")
    for name in item.files():
        item.file.storage.delete(name)
    ImageItem.objects.filter(pk=item.pk).update(state="failed", reason="file missing")
    assert "0 added, 3 already here." in run(photos)
    assert all(item.file.storage.exists(name) for name in item.files())
    assert ImageItem.objects.get(pk=item.pk).state == "ready"


def test_the_worker_mode_leaves_the_vectors_to_the_worker(photos: Path, settings: Any) -> None:
    settings.EMBED_ON_SAVE = "worker"
    assert "3 wait for their vectors; manage.py embed_images --watch makes them." in run(photos)
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"pending"}
    assert Term.objects.filter(term="door").exists()


def test_what_a_dead_process_held_is_waited_for(photos: Path, monkeypatch: Any) -> None:
    item = add("blue", name="blue.png")
    ImageItem.objects.update(state="pending", lease_until=timezone.now() + timedelta(seconds=1))
    Embedding.objects.all().delete()
    monkeypatch.setattr(importer, "POLL", 0.05)
    run(photos)
    item.refresh_from_db()
    assert (item.state, item.lease_until) == ("ready", None)


# --- room on the disk ----------------------------------------------------------------------------


def test_it_says_how_many_bytes_it_needs(photos: Path) -> None:
    size = sum(path.stat().st_size for path in photos.rglob("*.png"))
    assert run(photos).startswith(f"3 pictures, {size} B; with what is made of them about ")


def pretend_disk(monkeypatch: Any, total: int, free: int) -> None:
    monkeypatch.setattr(Disk, "now", classmethod(lambda cls, storage=None: cls(total, free)))


def test_a_disk_that_would_become_too_full_is_refused_and_can_be_allowed(
    photos: Path, monkeypatch: Any
) -> None:
    pretend_disk(monkeypatch, total=200_000, free=30_000)  # the three need about 20,000 with their rows
    printed = run(photos)
    assert "less than 10 % of it would be free" in printed
    assert "exit 1" in printed
    assert not ImageItem.objects.exists()
    assert "3 added" in run(photos, min_free=2.0)


def test_what_is_here_already_needs_no_room(photos: Path, monkeypatch: Any) -> None:
    run(photos)
    pretend_disk(monkeypatch, total=200_000, free=21_000)
    assert "0 added, 3 already here." in run(photos)


def test_a_storage_that_becomes_full_ends_the_import_with_nothing_half_done(
    photos: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(indexing, "MIN_BATCH", 1)
    store = importer.prepare

    def prepare(content: bytes, **about: Any) -> Any:
        if about["name"] == "blue.png":
            raise StorageFull("The storage is full.")
        return store(content, **about)

    monkeypatch.setattr(importer, "prepare", prepare)
    printed = run(photos)
    assert "The storage is full." in printed
    assert "exit 1" in printed
    assert set(ImageItem.objects.values_list("state", flat=True)) == {"ready"}
    assert ImageItem.objects.count() < 3
