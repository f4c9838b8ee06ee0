"""The default model: photos and words in one space, from what `pip install` brought alone.

The idea is ConSE's (Norouzi et al., 2014): what a network believes to see, as a mean of the meanings of its
classes' names, can be compared with the meaning of a query. How the photo looks and what colours it has stand
beside that, so that pictures compare with pictures more finely than by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from imagesearch.embeddings.base import Embedder, Matrix, Purpose, Reading, Vocabulary
from imagesearch.embeddings.builtin import prepare
from imagesearch.embeddings.builtin.colour import picture_colour, word_colour
from imagesearch.embeddings.builtin.concepts import membership
from imagesearch.embeddings.builtin.effnet import SIDE
from imagesearch.embeddings.builtin.glossary import names_from
from imagesearch.embeddings.builtin.packages import TOKENIZER, WORD_TABLE
from imagesearch.embeddings.builtin.query import Phrase, phrases
from imagesearch.embeddings.builtin.tags import suggest
from imagesearch.embeddings.builtin.unknown_words.reading import interpret
from imagesearch.embeddings.builtin.words import WordTable
from imagesearch.embeddings.lazy import loaded_once
from imagesearch.embeddings.norm import unit
from imagesearch.embeddings.onnx.network import open_network
from imagesearch.embeddings.scores import Calibration, Cuts
from imagesearch.errors import ModelError, QueryError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# The vector's three parts, and what each counts in a photo's. 256 + 192 + 64 = 512.
MEANING, COLOUR = 192, 64
LOOK_WEIGHT, MEANING_WEIGHT, COLOUR_WEIGHT = 1.0, 0.7, 0.3
# The highest cosine of words and a photo: a photo's other parts have no counterpart in words.
WORDS_TOP = MEANING_WEIGHT / (LOOK_WEIGHT**2 + MEANING_WEIGHT**2 + COLOUR_WEIGHT**2) ** 0.5  # .557
COLOUR_IN_QUERY = 0.5  # of colour words beside the name of a thing

CLASSES_USED = 20  # of a photo's beliefs
TEMPERATURE = 2.0  # softens them, so that more than the first class counts
KNOWN = 0.45  # a word whose nearest class is less near finds false friends (onion, lion)


class ModelConstants(NamedTuple):
    """The model's constants, as `prepare` made them."""

    looks: Matrix  # (1280, 256): a photo's features to its look
    anchors: Matrix  # (1000, 256): the classes' meanings, around their mean
    mean: Matrix  # (256,): that mean, to be taken from a query's meaning


class EverydayEmbedder(Embedder):
    """One photo at a time: batches bring no speed here, and cost 90 to 160 MB."""

    name = f"builtin/{prepare.NAME}"
    dimensions = prepare.LOOK + MEANING + COLOUR
    calibration = Calibration(
        picture=Cuts(weak=0.4, likely=0.6, strong=0.8),
        words=Cuts(weak=0.2 * WORDS_TOP, likely=0.3 * WORDS_TOP, strong=0.5 * WORDS_TOP, top=WORDS_TOP),
    )
    summary = (
        "Knows about 1,000 everyday things (animals, vehicles, clothes, tools, some food), the families "
        "above them, and colours, in English; it does not read text in pictures, count, recognise people or "
        "understand relations, moods, events and times of day."
    )
    gaps = "trees, flowers, people, weather, events and places"

    def __init__(self, model: str = prepare.NAME) -> None:
        """Raises ModelError for any other name than the one of this model."""
        if model != prepare.NAME:
            raise ModelError(f"There is no built-in model {model!r}. There is one: {self.name}.")

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, 512), norm 1. Raises ModelError."""
        return np.array([self._picture(image) for image in images], np.float32).reshape(-1, self.dimensions)

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        """(n, 512), norm 1. Raises QueryError for a text of stop words alone, ModelError."""
        return np.array([self._vector(text) for text in texts], np.float32).reshape(-1, self.dimensions)

    def read(self, text: str) -> Reading:
        parts = [(phrase.text, phrase.colour or self._knows(phrase)) for phrase in phrases(text)]
        return Reading(
            sure=tuple(part for part, known in parts if known),
            unsure=tuple(part for part, known in parts if not known),
        )

    def interpret(self, text: str, vocabulary: Vocabulary, *, families: bool = True) -> Reading:
        return interpret(text, self.read, self.is_usual, vocabulary, families=families)

    def is_usual(self, word: str) -> bool:
        """Whether it is one whole word of the table, and so in use and spelt correctly."""
        return len(self._words.pieces(word)) == 1

    def embed_reading(self, reading: Reading) -> Matrix:
        return self._vector(" ".join(reading.sure), reading.families)[None]

    def known(self, beginning: str, most: int) -> list[str]:
        """Of the names in its data those that it is sure of: one of six is not near enough to a class."""
        sure = (name for name in names_from(beginning, 3 * most) if not self.read(name).unsure)
        return list(islice(sure, most))

    def warm_up(self) -> None:
        self._network, self._words, self._constants  # noqa: B018 (each loads)

    def suggest_tags(self, image: Image.Image) -> list[str]:
        """What an RGB photo may show: one tag or none. About nine of ten are right: a person confirms."""
        return suggest(softmax(self._perceive(image)[1]))

    def _picture(self, image: Image.Image) -> Matrix:
        """(512,): look, meaning and colour."""
        features, logits = self._perceive(image)
        look = unit(np.sqrt(features) @ self._constants.looks)
        beliefs = keep_top(softmax(logits / TEMPERATURE), CLASSES_USED)
        meaning = unit((beliefs @ self._constants.anchors)[:MEANING])
        colour = picture_colour(image)
        return unit(np.concatenate([LOOK_WEIGHT * look, MEANING_WEIGHT * meaning, COLOUR_WEIGHT * colour]))

    def _perceive(self, image: Image.Image) -> tuple[Matrix, Matrix]:
        """The network's features (1280,) and logits (1000,) for the picture's centre square."""
        features, logits = self._network.run(None, {"image": centre_square(image)})
        return features[0], logits[0]

    def _vector(self, text: str, families: Sequence[int] = ()) -> Matrix:
        """(512,): no look, meaning of the things and of the families, colour of the colour words."""
        parts = phrases(text)
        if not parts and not families:
            raise QueryError(f"No word of {text!r} says what to look for. Name a thing or a colour.")
        colours = [part.text for part in parts if part.colour]
        things = [part.text for part in parts if not part.colour or (part.concept and len(parts) == 1)]
        vector = np.zeros(self.dimensions, np.float32)
        meanings = [self._meaning(" ".join(things))] if things else []
        meanings += [self._family(number) for number in families]
        if meanings:
            vector[prepare.LOOK : -COLOUR] = unit(np.sum([unit(each[:MEANING]) for each in meanings], axis=0))
        if colours:
            share = COLOUR_IN_QUERY * MEANING_WEIGHT / COLOUR_WEIGHT if meanings else 1.0
            vector[-COLOUR:] = share * word_colour(colours)
        return unit(vector)

    def _meaning(self, text: str) -> Matrix:
        """(256,), norm 1: the words' direction from the classes' mean."""
        return unit(self._words.vector(text) - self._constants.mean)

    def _family(self, number: int) -> Matrix:
        """(256,), norm 1: the mean direction of a family's classes from the mean of all."""
        return unit(self._constants.anchors[membership()[number]].mean(axis=0))

    def _knows(self, phrase: Phrase) -> bool:
        """Whether the phrase is near a class, and is a known name or at least one whole word of the table."""
        nearest = (self._directions @ self._meaning(phrase.text)).max()
        return bool(nearest >= KNOWN) and (phrase.concept or self.is_usual(phrase.text))

    @loaded_once
    def _network(self) -> InferenceSession:
        return open_network(prepare.prepared() / "model.onnx")

    @loaded_once
    def _words(self) -> WordTable:
        return WordTable(WORD_TABLE.checked(), TOKENIZER.checked())

    @loaded_once
    def _constants(self) -> ModelConstants:
        with np.load(prepare.prepared() / "consts.npz") as constants:
            return ModelConstants(**constants)

    @loaded_once
    def _directions(self) -> Matrix:
        """(1000, 256), norm 1: the classes' meanings from their mean."""
        return unit(self._constants.anchors)


def centre_square(image: Image.Image) -> Matrix:
    """(1, 3, 260, 260): the middle of an RGB picture as the network wants it."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    # The gap halves the time for large pictures, and changes nothing below 1,040 pixels.
    square = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    pixels = (np.asarray(square, np.float32) - 127) / 128
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def softmax(logits: Matrix) -> Matrix:
    """(n,) → (n,): probabilities, which add up to 1."""
    powers: Matrix = np.exp(logits - logits.max())
    powers /= powers.sum()
    return powers


def keep_top(beliefs: Matrix, count: int) -> Matrix:
    """(n,) → (n,): the `count` largest, scaled to a sum of 1; the others become 0."""
    kept = beliefs.copy()
    kept[np.argsort(kept)[:-count]] = 0
    kept /= kept.sum()
    return kept
