"""Every image gets its vector: on demand, or by the worker."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from gallery.ingest import indexing
from gallery.maintenance import cleanup, worker
from gallery.models import Embedding, ImageItem, QueryPicture
from imagesearch.embeddings.base import Matrix
from imagesearch.errors import EmbeddingUnavailable
from imagesearch.jobs.graceful_stop import Stop, stoppable
from tests.conftest import add, draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


def run(**options: Any) -> str:
    out = StringIO()
    try:
        call_command("embed_images", stdout=out, **options)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


def waiting(count: int) -> list[ImageItem]:
    """Images that were left to the worker, an hour ago."""
    items = [add("red", mark=number) for number in range(count)]
    Embedding.objects.all().delete()
    ImageItem.objects.update(state="pending", created_at=timezone.now() - timedelta(hours=1))
    return items


def states() -> set[str]:
    return set(ImageItem.objects.values_list("state", flat=True))


# --- once -----------------------------------------------------------------------------------------


def test_everything_due_is_embedded_and_said() -> None:
    waiting(20)
    assert run() == "20 embedded, 0 failed.\n"
    assert states() == {"ready"}


def test_what_failed_for_good_is_tried_again_because_a_person_asks() -> None:
    waiting(1)
    ImageItem.objects.update(state="failed", next_try_at=None)
    assert run() == "1 embedded, 0 failed.\n"


def test_what_fails_is_said_with_its_reason_and_the_exit_code(monkeypatch: Any) -> None:
    (item,) = waiting(1)
    item.file.storage.delete(item.file.name)
    printed = run()
    assert "0 embedded, 1 failed." in printed
    assert f"Image {item.pk}: file missing" in printed
    assert "exit 1" in printed


def test_what_another_process_holds_is_left_to_it_and_said() -> None:
    waiting(1)
    ImageItem.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert "1 still wait, or another process is at them." in run()


def test_a_lease_beyond_what_one_can_last_is_taken_back() -> None:
    waiting(1)
    ImageItem.objects.update(lease_until=timezone.now() + indexing.MAX_LEASE + timedelta(minutes=1))
    assert run().startswith("1 embedded, 0 failed.")


def test_the_longest_lease_holds() -> None:
    waiting(1)
    ImageItem.objects.update(lease_until=timezone.now() + indexing.MAX_LEASE - timedelta(minutes=1))
    assert "1 still wait" in run()


def test_the_missing_vectors_of_another_model_are_filled(httpserver: Any, settings: Any) -> None:
    from shop.models import Product

    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/red.png").respond_with_data(draw("red"))
    product = Product.objects.create(name="Chair", photo=httpserver.url_for("/red.png"))
    lost = Product.objects.create(name="Lamp", photo=httpserver.url_for("/gone.png"))
    Product.objects.update(vector=None)
    printed = run(model="shop.Product")
    product.refresh_from_db()
    lost.refresh_from_db()
    assert product.vector is not None
    assert lost.vector is None
    assert "1 embedded, 1 failed." in printed
    assert "exit 1" in printed


@pytest.mark.parametrize(
    ("label", "sentence"), [("shop.Nothing", "no model"), ("auth.User", "no VectorField")]
)
def test_a_model_without_vectors_is_refused(label: str, sentence: str) -> None:
    assert sentence in run(model=label)


# --- the worker -----------------------------------------------------------------------------------


def test_the_worker_does_what_is_due_and_then_rests() -> None:
    waiting(10)
    admin = worker.Worker(Stop())
    assert [admin.step() for _ in range(3)] == [True, True, False]
    assert states() == {"ready"}


def test_the_worker_leaves_a_new_row_to_the_process_that_saves_it(settings: Any) -> None:
    waiting(1)
    ImageItem.objects.update(created_at=timezone.now())
    assert not worker.Worker(Stop()).step()
    settings.EMBED_ON_SAVE = "worker"
    assert worker.Worker(Stop()).step()


def test_the_worker_retries_when_it_is_time(monkeypatch: Any) -> None:
    waiting(1)
    admin = worker.Worker(Stop())
    with monkeypatch.context() as patched:
        patched.setattr(ColourEmbedder, "embed_images", unavailable)
        admin.step()
    assert states() == {"failed"}
    assert not admin.step()  # not yet
    ImageItem.objects.update(next_try_at=timezone.now())
    assert admin.step()
    assert states() == {"ready"}


def unavailable(self: ColourEmbedder, images: Any) -> Matrix:
    raise EmbeddingUnavailable("The server is away.", retry_after=3600)


def stop_when_idle(monkeypatch: Any, stop: Stop) -> None:
    monkeypatch.setattr(worker.Worker, "report", lambda admin: setattr(stop, "asked", True))


def test_the_worker_waits_for_a_database_that_is_away(monkeypatch: Any, caplog: Any) -> None:
    waiting(1)
    due_batches, faults = indexing.due_batches, [OperationalError("gone away"), OperationalError("gone away")]

    def flaky(*args: Any, **options: Any) -> Any:
        if faults:
            raise faults.pop()
        return due_batches(*args, **options)

    stop = Stop()
    stop_when_idle(monkeypatch, stop)
    monkeypatch.setattr(indexing, "due_batches", flaky)
    monkeypatch.setattr(worker, "IDLE", 0.01)
    worker.Worker(stop).run()
    assert states() == {"ready"}
    said = [record.message for record in caplog.records if "away" in record.message]
    assert said == ["The database is away (gone away); waiting for it."]


def test_watch_with_retry_begins_with_what_failed_for_good(monkeypatch: Any) -> None:
    waiting(1)
    ImageItem.objects.update(state="failed", next_try_at=None)
    stop = Stop()
    stop_when_idle(monkeypatch, stop)
    worker.Worker(stop).run(retry=True)
    assert states() == {"ready"}


def test_a_signal_stops_the_work_after_its_step_and_is_then_heard_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked
    assert signal.getsignal(signal.SIGTERM) == before


# --- what time leaves behind ----------------------------------------------------------------------


def query_picture(expires_in: timedelta) -> QueryPicture:
    return QueryPicture.objects.create(
        sha256="0" * 64,
        file=ContentFile(draw("red"), name=f"{expires_in.total_seconds():.0f}.png"),
        expires_at=timezone.now() + expires_in,
    )


def make_old(path: Path) -> None:
    os.utime(path, (time.time() - 7200,) * 2)


def test_expired_query_pictures_go_with_their_files(settings: Any) -> None:
    kept, expired = query_picture(timedelta(hours=1)), query_picture(-timedelta(hours=1))
    cleanup.sweep()
    assert list(QueryPicture.objects.all()) == [kept]
    assert Path(kept.file.path).exists()
    assert not Path(expired.file.path).exists()


def test_a_query_file_without_a_row_goes_when_it_is_old(settings: Any) -> None:
    settings.QUERY_ROOT.mkdir(exist_ok=True)
    old, young = settings.QUERY_ROOT / "old.webp", settings.QUERY_ROOT / "young.webp"
    old.touch()
    young.touch()
    make_old(old)
    cleanup.sweep()
    assert (old.exists(), young.exists()) == (False, True)


def test_expired_leases_are_taken_back_and_others_are_not() -> None:
    dead, alive = waiting(2)
    ImageItem.objects.filter(pk=dead.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    ImageItem.objects.filter(pk=alive.pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    cleanup.sweep()
    assert list(ImageItem.objects.filter(lease_until=None)) == [dead]


def test_unfinished_files_go_when_their_writer_is_gone(settings: Any) -> None:
    fcntl = pytest.importorskip("fcntl", reason="only POSIX systems can tell")
    left, held, upload = (settings.TMP_ROOT / name for name in ("left.part", "held.part", "upload.tmp"))
    for path in (left, held, upload):
        path.touch()
        os.utime(path, (time.time() - 5,) * 2)
    with held.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        cleanup.sweep()
        assert [path.exists() for path in (left, held, upload)] == [False, True, True]
    make_old(upload)
    cleanup.sweep()
    assert not upload.exists()
