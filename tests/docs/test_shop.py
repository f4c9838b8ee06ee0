"""examples/shop: a shop on the engine alone, whose photos are addresses."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from django.test import Client
from shop.models import Product

from imagesearch import embedding_signals
from tests.conftest import draw

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("shop.urls")]


@pytest.fixture
def photo(httpserver: Any, settings: Any) -> Any:
    """A function that puts a picture on the web and gives its address."""
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)

    def publish(name: str, color: str) -> str:
        httpserver.expect_request(f"/{name}").respond_with_data(draw(color), content_type="image/png")
        return str(httpserver.url_for(f"/{name}"))

    return publish


def test_the_page_shows_what_looks_alike_and_is_in_stock(photo: Any, client: Client) -> None:
    chair = Product.objects.create(name="Red chair", photo=photo("chair.png", "red"))
    Product.objects.create(name="Blue sofa", photo=photo("sofa.png", "blue"))
    Product.objects.create(name="Red lamp", photo=photo("lamp.png", "red"))
    Product.objects.create(name="Sold red rug", photo=photo("rug.png", "red"), in_stock=False)
    page = client.get(f"/product/{chair.pk}/").content.decode()
    assert re.findall(r"<li>(.*?) [\d.]+</li>", page) == ["Red lamp", "Blue sofa"]


def test_words_find_products(photo: Any, client: Client) -> None:
    Product.objects.bulk_create(
        [Product(name=name, photo=photo(f"{name}.png", name)) for name in ("red", "blue", "yellow")]
    )
    page = client.get("/search/?q=blue").content.decode()
    assert re.findall(r"<li>(\w+)", page)[0] == "blue"


def test_a_photo_that_cannot_be_had_loses_nothing_and_is_tried_again(photo: Any) -> None:
    lost = Product.objects.create(name="Lamp", photo=photo("lamp.png", "red").replace("lamp", "nowhere"))
    assert Product.objects.get().vector is None
    Product.objects.update(photo=photo("lamp.png", "red"))
    assert embedding_signals.without_vector(Product) == [lost.pk]
    assert embedding_signals.index(Product, None) == 1
    assert Product.objects.get().vector is not None


def test_a_changed_photo_is_embedded_anew_and_a_changed_name_is_not(photo: Any, caplog: Any) -> None:
    product = Product.objects.create(name="Lamp", photo=photo("red.png", "red"))
    before = Product.objects.get().vector
    product.photo = photo("blue.png", "blue")
    product.save()
    after = Product.objects.get().vector
    assert not np.allclose(before, after)
    product.photo = "http://127.0.0.1:1/out-of-reach.png"
    product.save()
    assert Product.objects.get().vector is None  # the old vector would lie about the new photo
    Product.objects.update(vector=after)
    product.name = "Better lamp"
    product.save(update_fields=["name"])
    assert np.array_equal(Product.objects.get().vector, after)
