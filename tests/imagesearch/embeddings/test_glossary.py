"""What the default model can name by its first letters, for help while somebody types."""

from __future__ import annotations

import pytest

from imagesearch.embeddings.builtin.everyday import EverydayEmbedder


@pytest.fixture(scope="module")
def everyday() -> EverydayEmbedder:
    return EverydayEmbedder()


@pytest.mark.parametrize(
    ("beginning", "names"),
    [
        ("do", ["dog", "dock", "dome"]),
        ("dog", ["dog"]),
        ("red ", ["red fox"]),
        ("Golden Re", ["golden retriever"]),
        ("retr", ["golden retriever"]),
        ("purp", ["purple"]),
        ("tinca", []),
        ("qqq", []),
        (" ", []),
    ],
)
def test_it_tells_the_names_that_it_is_sure_of_by_their_first_letters(
    beginning: str, names: list[str], everyday: EverydayEmbedder
) -> None:
    known = everyday.known(beginning, 8)
    assert set(names) <= set(known)
    assert bool(known) == bool(names)
    assert not any(everyday.read(name).unsure for name in known)


def test_what_people_say_comes_before_what_experts_say(everyday: EverydayEmbedder) -> None:
    assert everyday.known("d", 1) == ["dog"]
    assert everyday.known("car", 1) == ["car"]
