"""What the composer's form sends becomes the search that its numbers and boxes say."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client

from gallery.search.composer import composed
from gallery.search.forms import SearchForm
from tests.conftest import add

CROP = "crop_of=7&crop_x=12.5&crop_y=10&crop_width=50&crop_height=40"


def search(sent: str) -> str:
    return SearchForm(composed(QueryDict(sent))).link()


def test_a_part_in_per_cent_is_written_in_thousandths() -> None:
    assert search(f"like=7&{CROP}") == "?like=7&crop=7:125,100,500,400"


def test_it_takes_the_place_of_the_former_part_of_this_picture_alone() -> None:
    sent = f"like=7&less=8&crop=7:0,0,500,500&crop=8:0,0,300,300&{CROP}"
    assert search(sent) == "?like=7&less=8&crop=7:125,100,500,400&crop=8:0,0,300,300"


def test_the_whole_picture_is_no_part() -> None:
    assert search("like=7&crop_of=7&crop_x=0&crop_y=0&crop_width=100&crop_height=100") == "?like=7"


@pytest.mark.parametrize(
    ("numbers", "crop"),
    [
        ("crop_x=90&crop_y=0&crop_width=50&crop_height=50", "900,0,100,500"),
        ("crop_x=100&crop_y=100&crop_width=10&crop_height=0", "980,980,20,20"),
        ("crop_x=-5&crop_y=nan&crop_width=inf&crop_height=30", "0,0,1000,300"),
        ("crop_x=x&crop_height=30", "0,0,1000,300"),
    ],
)
def test_numbers_that_lead_out_of_the_picture_are_led_back(numbers: str, crop: str) -> None:
    assert search(f"like=7&crop_of=7&{numbers}") == f"?like=7&crop=7:{crop}"


def test_the_usual_lowest_score_is_left_out() -> None:
    assert search("q=red&min_usual=0.35&min=0.35") == "?q=red"
    assert search("q=red&min_usual=0.00&min=0") == "?q=red"
    assert search("q=red&min_usual=0.35&min=0.5") == "?q=red&min=0.5"


def test_a_box_without_its_tick_sends_what_stands_before_it() -> None:
    assert search("q=red&min_usual=0.35&dedupe=0") == "?q=red&dedupe=0"
    assert search("q=red&min_usual=0.35&dedupe=0&dedupe=1") == "?q=red"


def test_any_other_search_stays_as_it_is() -> None:
    assert search("q=red&min=0.35&dedupe=1") == "?q=red&min=0.35&dedupe=1"


@pytest.mark.django_db
def test_the_form_leads_to_the_search_s_own_address(client: Client) -> None:
    item = add("red")
    query = f"q=&like={item.pk}&tag=sea&refine=1&crop_of={item.pk}&crop_x=50"
    answer = client.get(f"/search/?{query}&min_usual=0.35&min=0.35&dedupe=0&dedupe=1")
    assert answer.status_code == 303
    assert answer["Location"] == f"/search/?like={item.pk}&crop={item.pk}:500,0,500,1000&tag=sea&refine=1"


@pytest.mark.django_db
def test_what_was_found_is_told_under_the_same_address(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "found", "HX-Trigger": "min"}
    answer = client.get("/search/?q=red&min_usual=0.35&min=0.5", headers=headers)
    assert answer["HX-Replace-Url"] == "?q=red&min=0.5"
