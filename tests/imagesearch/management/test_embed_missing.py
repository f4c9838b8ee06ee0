"""Rows without a vector get one: of any model, in batches, again after a stop or a change of model."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from shop.models import Product

from imagesearch import embedding_signals
from imagesearch.errors import ModelError
from imagesearch.jobs.graceful_stop import Stop
from imagesearch.management.commands import embed_missing
from tests.conftest import draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


def run(**options: Any) -> str:
    out = StringIO()
    try:
        call_command("embed_missing", stdout=out, **options)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


@pytest.fixture
def products(httpserver: Any, settings: Any) -> list[Product]:
    """Twenty with a photo and no vector."""
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/red.png").respond_with_data(draw("red"), content_type="image/png")
    made = [Product(name=str(number), photo=httpserver.url_for("/red.png")) for number in range(20)]
    Product.objects.bulk_create(made)
    Product.objects.update(vector=None)
    return list(Product.objects.order_by("pk"))


def without_vector() -> int:
    return Product.objects.filter(vector=None).count()


def test_every_row_without_a_vector_is_embedded(products: list[Product]) -> None:
    Product.objects.create(name="no photo yet", photo="")
    assert run() == "shop.Product: 20 embedded, 0 failed.\n"
    assert without_vector() == 1
    assert run() == "shop.Product: 0 embedded, 0 failed.\n"


def test_one_model_can_be_named(products: list[Product]) -> None:
    assert run(model=["shop.Product"]) == "shop.Product: 20 embedded, 0 failed.\n"


def test_a_photo_that_cannot_be_fetched_is_named_and_keeps_no_other_from_its_vector(
    products: list[Product],
) -> None:
    lost = products[3]
    Product.objects.filter(pk=lost.pk).update(photo=lost.photo.replace("red", "gone"))
    printed = run()
    assert "19 embedded, 1 failed" in printed
    assert f"  {lost.pk}: " in printed
    assert "exit 1" in printed
    assert without_vector() == 1


def test_so_is_one_whose_storage_raises_an_error_of_its_own(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = embedding_signals.read_source
    monkeypatch.setattr(
        embedding_signals, "read_source", lambda value: read(value) if "red" in value else 1 / 0
    )
    Product.objects.filter(pk=products[0].pk).update(photo="http://127.0.0.1/other.png")
    assert "19 embedded, 1 failed" in run()


def test_a_stop_ends_it_after_a_batch_and_the_next_run_goes_on(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = embedding_signals.fill

    def interrupted(embedded: embedding_signals.EmbeddedField, ids: Any) -> embedding_signals.Filled:
        stop.asked = True
        return fill(embedded, ids)

    stop = Stop()
    embedded = embedding_signals.embedded_fields_of(Product)[0]
    with monkeypatch.context() as patched:
        patched.setattr(embedding_signals, "fill", interrupted)
        embed_missing.Command(stdout=StringIO()).fill(embedded, stop, again=False)
    assert without_vector() == 20 - ColourEmbedder.batch_size
    assert run() == "shop.Product: 12 embedded, 0 failed.\n"


def test_again_embeds_every_row_with_the_model_of_now(products: list[Product]) -> None:
    run()
    before = Product.objects.first()
    Product.objects.update(vector=np.eye(512, dtype=np.float32)[7])
    assert run() == "shop.Product: 0 embedded, 0 failed.\n"
    assert run(again=True) == "shop.Product: 20 embedded, 0 failed.\n"
    after = Product.objects.first()
    assert before is not None
    assert after is not None
    assert np.array_equal(after.vector, before.vector)


def test_again_empties_nothing_while_the_model_cannot_be_loaded(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    run()

    def fail(self: ColourEmbedder) -> None:
        raise ModelError("no weights")

    monkeypatch.setattr(ColourEmbedder, "warm_up", fail)
    assert run(again=True) == "exit 1: no weights\n"
    assert without_vector() == 0


def test_a_photo_that_is_replaced_meanwhile_does_not_get_the_old_ones_vector(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = embedding_signals.read_source

    def replaced(value: Any) -> Any:
        Product.objects.filter(pk=products[0].pk).update(photo="http://127.0.0.1/other.png")
        return read(value)

    monkeypatch.setattr(embedding_signals, "read_source", replaced)
    run()
    assert Product.objects.get(pk=products[0].pk).vector is None


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("shop.Nothing", "no model"),
        ("nonsense", "no model"),
        ("auth.User", "no VectorField"),
        ("points.Sketch", "no VectorField with a source_field"),
        ("gallery.ImageItem", "own command"),
    ],
)
def test_a_model_that_it_cannot_embed_is_refused(label: str, sentence: str) -> None:
    assert sentence in run(model=[label])
