"""How the default model reads words that it does not know: translated, as families, or with offers."""

from __future__ import annotations

import numpy as np
import pytest

from imagesearch.embeddings.base import ReadAs, Reading, Vocabulary
from imagesearch.embeddings.builtin.concepts import concepts
from imagesearch.embeddings.builtin.everyday import EverydayEmbedder
from imagesearch.embeddings.builtin.unknown_words.families import families, family_of
from imagesearch.embeddings.builtin.unknown_words.languages import LANGUAGES
from imagesearch.embeddings.builtin.unknown_words.spelling import Speller, distance, sound
from imagesearch.embeddings.builtin.unknown_words.translation import FILE
from imagesearch.embeddings.embed import reading_vector


@pytest.fixture(scope="module")
def everyday() -> EverydayEmbedder:
    return EverydayEmbedder()


def read(everyday: EverydayEmbedder, text: str, *titles: str) -> Reading:
    """The reading in a gallery with these words in its titles."""
    return everyday.interpret(text, Vocabulary(has=lambda word: word.casefold() in titles))


def meanings(found: tuple[ReadAs, ...]) -> list[tuple[str, str]]:
    return [(each.word, each.text) for each in found]


class TestTranslation:
    @pytest.mark.parametrize(
        ("word", "english", "language"),
        [
            ("Hund", "dog", "de"),
            ("Hunde", "dog", "de"),
            ("HÄUSER", "house", "de"),
            ("chien", "dog", "fr"),
            ("oiseaux", "bird", "fr"),
            ("perro", "dog", "es"),
            ("roja", "red", "es"),
            ("gatti", "cat", "it"),
            ("cachorro", "dog", "pt"),
            ("schoenen", "shoe", "nl"),
            ("psy", "dog", "pl"),
            ("кошки", "cat", "ru"),
            ("桥", "bridge", "zh"),
            ("犬", "dog", "ja"),
            ("バス", "bus", "ja"),
            ("고양이가", "cat", "ko"),
            ("kediler", "cat", "tr"),
            ("rot", "red", "de"),
            ("Bär", "bear", "de"),
            ("katten", "cat", "nl"),
            ("elma", "apple", "tr"),
        ],
    )
    def test_a_word_of_another_language_is_read_in_english(
        self, word: str, english: str, language: str, everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, word)
        assert reading == Reading((english,), (), english, (ReadAs(word, english, "translation", language),))

    @pytest.mark.parametrize(
        ("text", "sure"),
        [
            ("rote Katze", ("red", "cat")),
            ("ein Hund am Strand", ("dog", "beach")),
            ("l’oiseau bleu", ("bird", "blue")),
            ("gato negro", ("cat", "black")),
            ("赤い猫", ("red", "cat")),
            ("红色的猫", ("red", "cat")),
            ("猫と犬", ("cat", "dog")),
            ("빨간 자동차", ("red", "car")),
            ("красная машина", ("red", "car")),
            ("perro rouge", ("dog", "red")),
            ("Hund on the beach", ("dog", "beach")),
            ("rosa Katze", ("pink", "cat")),
        ],
    )
    def test_phrases_are_read_without_the_stop_words_of_their_language(
        self, text: str, sure: tuple[str, ...], everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, text)
        assert (reading.sure, reading.unsure) == (sure, ())

    @pytest.mark.parametrize(
        ("word", "offers"),
        [
            ("rosa", ["pink", "rose"]),
            ("meer", ["sea", "lake"]),
            ("pain", ["bread"]),  # which hurts, too
            ("burro", ["butter", "mammals"]),
        ],
    )
    def test_a_word_with_two_readings_is_offered_and_not_applied(
        self, word: str, offers: list[str], everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, word)
        assert (reading.sure, reading.unsure, reading.read_as) == ((), (word,), ())
        assert [offer.text for offer in reading.offers] == offers

    @pytest.mark.parametrize("text", ["dog", "hot dog", "red fox", "a dog on the beach", "tale", "bars"])
    def test_english_stays_as_it_is(self, text: str, everyday: EverydayEmbedder) -> None:
        reading = read(everyday, text)
        assert (reading.text, reading.read_as) == (text, ())

    def test_a_word_of_a_title_is_searched_as_it_is_and_its_translation_offered(
        self, everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, "rote Katze", "katze")
        assert (reading.sure, reading.unsure) == (("red",), ("katze",))
        assert meanings(reading.offers) == [("Katze", "cat")]

    def test_every_row_has_a_column_for_each_language(self) -> None:
        lines = FILE.read_text(encoding="utf-8").splitlines()
        assert {line.count("\t") for line in lines} == {len(LANGUAGES)}


class TestFamilies:
    @pytest.mark.parametrize(
        ("noun", "family"),
        [
            ("papaya", "fruit"),
            ("kiwis", "fruit"),
            ("puffin", "seabirds"),
            ("dachshund", "dogs"),
            ("asparagus", "vegetables"),
            ("ukulele", "guitars"),
            ("kitten", "cats"),
            ("mackerel", "fish"),
        ],
    )
    def test_a_noun_shows_the_nearest_family(
        self, noun: str, family: str, everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, noun)
        assert (meanings(reading.read_as), reading.unsure) == ([(noun, family)], ())
        assert reading.has_meaning

    @pytest.mark.parametrize("word", ["tree", "wedding", "sunset", "Paris", "happiness", "woman", "young"])
    def test_trees_people_events_and_places_have_none(self, word: str, everyday: EverydayEmbedder) -> None:
        reading = read(everyday, word)
        assert not reading.read_as
        assert not reading.offers

    def test_a_translation_may_lead_to_a_family(self, everyday: EverydayEmbedder) -> None:
        assert meanings(read(everyday, "Karotte").read_as) == [
            ("Karotte", "carrot"),
            ("carrot", "vegetables"),
        ]

    def test_the_word_of_a_title_and_excluded_words_have_none(self, everyday: EverydayEmbedder) -> None:
        assert read(everyday, "papaya", "papaya").unsure == ("papaya",)
        assert everyday.interpret("papaya", Vocabulary(), families=False).unsure == ("papaya",)

    def test_the_vector_lies_among_the_classes_of_the_family(self, everyday: EverydayEmbedder) -> None:
        fruit, lemon, dog = (
            reading_vector(everyday, read(everyday, word)) for word in ("papaya", "lemon", "dog")
        )
        assert np.linalg.norm(fruit) == pytest.approx(1, abs=1e-5)
        assert fruit @ lemon > fruit @ dog + 0.3

    def test_colours_beside_it_count(self, everyday: EverydayEmbedder) -> None:
        plain, red = (reading_vector(everyday, read(everyday, text)) for text in ("papaya", "red papaya"))
        assert 0.5 < plain @ red < 0.99

    def test_every_family_is_a_concept_with_a_name(self) -> None:
        assert all(0 <= family.number < len(concepts()) and family.name for family in families().values())
        assert family_of("abc") is None


class TestSpelling:
    @pytest.mark.parametrize(
        ("misspelt", "meant"),
        [
            ("purpel", "purple"),
            ("ornage", "orange"),
            ("umbrela", "umbrella"),
            ("crocodyle", "crocodile"),
            ("pinaple", "pineapple"),
            ("helicoptor", "helicopter"),
            ("papya", "papaya"),
            ("golden retreiver", "retriever"),
        ],
    )
    def test_the_word_that_was_meant_is_offered_first(
        self, misspelt: str, meant: str, everyday: EverydayEmbedder
    ) -> None:
        reading = read(everyday, misspelt)
        assert reading.offers[0].text == meant
        assert reading.offers[0].kind == "spelling"
        assert not reading.read_as

    def test_words_of_titles_are_offered_too(self, everyday: EverydayEmbedder) -> None:
        vocabulary = Vocabulary(near=lambda word: ["grandma"] if word == "grandmma" else [])
        assert meanings(everyday.interpret("Grandmma", vocabulary).offers) == [("Grandmma", "grandma")]

    def test_nothing_is_offered_for_a_word_of_a_title(self, everyday: EverydayEmbedder) -> None:
        assert read(everyday, "purpel", "purpel").offers == ()

    def test_distances_count_letters_and_exchanges(self) -> None:
        pairs = {("cat", "cat"): 0, ("purpel", "purple"): 1, ("cat", "cart"): 1, ("abc", "xyz"): 3}
        assert {pair: distance(*pair) for pair in pairs} == pairs

    def test_words_that_sound_alike_share_a_key(self) -> None:
        assert sound("elefant") == sound("elephant")
        assert sound("rinoseros") == sound("rhinoceros")

    def test_two_letters_may_be_wrong_in_long_words_that_sound_alike(self) -> None:
        speller = Speller(["elephant", "lion"])
        assert speller.near("elefant") == ["elephant"]
        assert speller.near("liom") == ["lion"]
        assert speller.near("lyun") == speller.near("lio") == speller.near("l" * 200) == []


@pytest.mark.parametrize(
    ("text", "applied"), [("red Hund", "red dog"), ("hundred", "hundred"), ("赤い犬と", "赤い dog と")]
)
def test_what_a_word_is_read_as_takes_its_place(text: str, applied: str) -> None:
    word = "犬" if "犬" in text else "hund"
    assert ReadAs(word, "dog", "translation", "de").replaced_in(text) == applied
