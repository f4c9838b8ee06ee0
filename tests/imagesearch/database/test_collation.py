"""Keys and secrets are compared letter by letter, whatever the database's collation takes for equal."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from gallery.models import ImageItem, QueryPicture, Tag, Term
from imagesearch.database.collation import compares_exactly, text_keys
from tests.conftest import add

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("one", "other"), [("ア", "あ"), ("バス", "ハス"), ("ß", "s s"), ("🐱", "🐶")])
def test_tags_and_terms_of_different_letters_are_different(one: str, other: str) -> None:
    Tag.named([one, other])
    assert Tag.objects.count() == 2
    add("red", tags=[one])
    add("blue", tags=[other])
    assert [item.color for item in ImageItem.objects.tagged(one)] == ["red"]


@pytest.mark.django_db(transaction=True)
def test_both_words_of_one_image_are_kept() -> None:
    item = add("red", title="バス ハス")
    assert {"バス", "ハス"} <= set(Term.objects.filter(image=item).values_list("term", flat=True))


def test_a_token_in_other_case_is_none() -> None:
    now = add("red").created_at
    picture = QueryPicture.objects.create(sha256="0" * 64, expires_at=now)
    assert QueryPicture.objects.filter(token=picture.token).exists()
    assert not QueryPicture.objects.filter(token=picture.token.swapcase()).exists()


def test_the_same_key_is_still_refused() -> None:
    Tag.objects.create(name="Café")
    with pytest.raises(IntegrityError):
        Tag.objects.create(name="CAFE")


@pytest.mark.tidb
def test_texts_that_tidb_takes_for_equal_have_equal_keys(db: None) -> None:
    texts = ["Anna", "anna", "ånna", "あ", "ア", "😀", "😁", "a", "a "]

    keys = dict(zip(texts, text_keys(connection, texts), strict=True))

    assert keys["Anna"] == keys["anna"] == keys["ånna"]
    assert keys["あ"] == keys["ア"]
    assert len(set(keys.values())) == 6
    assert not compares_exactly(connection)
