"""What writes the tables of unknown words: how it reads WordNet and the names of emoji."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagesearch.embeddings.builtin.concepts import concepts
from tools.unknown_words.families import friendly
from tools.unknown_words.translations import by_hand, merged, translations
from tools.unknown_words.wordnet import Nouns

ANNOTATIONS = """<ldml><annotations>
<annotation cp="🐕" type="tts">{dog}</annotation><annotation cp="🐕">keyword</annotation>
<annotation cp="🚗" type="tts">{car}</annotation><annotation cp="•" type="tts">dot</annotation>
</annotations></ldml>"""


@pytest.fixture
def wordnet(tmp_path: Path) -> Path:
    """Three meanings, of which a dog is an animal and Fido a dog."""
    files = {
        "data.noun": "  1 licence\n"
        "00000001 05 n 01 animal 0 000 | lives\n"
        "00000002 05 n 02 dog 0 guide_dog 0 001 @ 00000001 n 0000 | barks\n"
        "00000003 05 n 01 Fido 0 001 @i 00000002 n 0000 | barks\n",
        "index.noun": "animal n 1 0 1 1 00000001\ndog n 1 1 @ 1 1 00000002\nfido n 1 1 @i 1 0 00000003\n",
        "index.verb": "dog v 1 0 1 1 00000009\n",
        "index.adj": "",
        "index.adv": "",
        "cntlist.rev": "dog%1:05:00:: 1 42\ndog%2:38:00:: 1 2\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_wordnet_says_what_a_noun_is_a_kind_of_and_how_often_it_is_used(wordnet: Path) -> None:
    nouns = Nouns.read(wordnet)
    assert nouns.synsets["00000002"].words == ("dog", "guide dog")
    assert nouns.kinds("00000003") == {"00000003": 0, "00000002": 1, "00000001": 2}
    assert nouns.synsets["00000003"].is_instance
    assert (nouns.uses["dog", "00000002"], nouns.other_uses["dog"], nouns.uses_of("dog")) == (42, 2, 44)


def test_names_of_emoji_are_read_in_every_language(tmp_path: Path) -> None:
    for file in "de fr es es_419 es_MX it pt pt_PT nl pl ru zh zh_Hant ja ko tr".split():
        text = ANNOTATIONS.format(dog=f"dog {file}/chiot (tous genres)", car="car")
        (tmp_path / f"{file}.xml").write_text(text, encoding="utf-8")
    text = ANNOTATIONS.format(dog="dog", car="automobile")
    (tmp_path / "en.xml").write_text(text, encoding="utf-8")
    table = translations(tmp_path, lambda name: name != "cat")
    assert table["dog"]["de"] == ["dog de", "chiot"]
    assert table["dog"]["zh"] == ["dog zh", "chiot", "dog zh_Hant"]
    assert "dot" not in table
    assert table["car"] == {}  # every language has the English word


def test_what_was_written_by_hand_holds(tmp_path: Path) -> None:
    path = tmp_path / "by_hand.tsv"
    path.write_text("pink\trosa" + "\t" * 11 + "\n", encoding="utf-8")
    table = merged(by_hand(path), {"rose": {"de": ["Rosa", "Rose"]}, "dog": {}})
    assert table == {"pink": {"de": ["rosa"]}}


@pytest.mark.parametrize(
    ("name", "friendlier"),
    [("edible fruit", "fruit"), ("torch", "torches"), ("fly", "flies"), ("goose", "geese"), ("dog", "dogs")],
)
def test_families_have_the_names_that_people_use(name: str, friendlier: str) -> None:
    number = next(number for number, concept in enumerate(concepts()) if concept.names[0] == name)
    assert friendly(number) == friendlier
