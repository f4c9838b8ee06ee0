"""The ranking of a search in plain NumPy, over all vectors and terms: what every database must answer.

Written from docs/query.md alone. It takes vectors, cuts, and words from the tables as they are, so that only
the ranking is compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gallery.models import ImageItem, Term, VectorSpace
from gallery.text.words import WEIGHTS, SoughtWord, WordRules
from imagesearch.embeddings.embed import image_vectors, text_vector
from imagesearch.embeddings.scores import Cuts
from imagesearch.query import Part, Picture, Query

Floats = NDArray[np.float64]

FIELDS = {WEIGHTS["title"]: 1.0, WEIGHTS["tag"]: 1.0, WEIGHTS["name"]: 0.85, WEIGHTS["caption"]: 0.6}
WEAK = 0.35
WORDS, UNSURE = 0.6, 0.9
LESS = 0.4
MOST_LESS = 0.6
IN_TAG_OR_TITLE = 3.0


@dataclass(frozen=True)
class Answer:
    """An id with its score, and what parts equal scores: the cosine, or less what is unwanted."""

    pk: int
    score: float
    order: float


class PlainRanking:
    """The gallery as it is now. Every image has a vector, and all vectors together are the cohort."""

    def __init__(self) -> None:
        space = VectorSpace.current()
        cuts = space.cuts()
        assert cuts is not None
        self.embedder, self.cuts = space.embedder, cuts
        rows = dict(space.vectors._default_manager.order_by("pk").values_list("pk", "vector"))
        self.ids = list(rows)
        self.vectors: Floats = np.array(list(rows.values()), np.float64)
        self.terms: dict[int, dict[str, int]] = defaultdict(dict)
        for pk, term, weight in Term.objects.values_list("image", "term", "weight"):
            self.terms[pk][term] = max(weight, self.terms[pk].get(term, 0))

    def answer(self, query: Query, among: Iterable[int] | None = None) -> list[Answer]:
        """All images but those that the query names, best first; only those `among` these ids if given."""
        sought = [(part, self.vector(part)) for part in query if not part.against]
        unwanted = [(part, self.vector(part)) for part in query if part.against]
        used = [(part, vector) for part, vector in sought if vector is not None]
        words_weight = sum(part.weight for part, _ in sought if part.words) / sum(
            part.weight for part, _ in sought
        )
        shares = self.shares(query.text)
        for part, vector in sought:
            if part.words and vector is not None:
                left_out = " ".join(self.embedder.read(part.words).unsure)
                shares += (
                    (UNSURE / WORDS - 1)
                    * self.rarity(left_out)
                    / self.rarity(query.text)
                    * self.shares(left_out)
                )
        missing = 1 - WORDS * words_weight * shares
        order = np.zeros(len(self.ids))
        if used:
            liked, scores, order = self.by_vectors(used, unwanted)
            found = 1 - (1 - scores) * missing
            together = reordered(1 - (1 - liked) * missing, found)
            found = np.where((scores == liked) | (shares == 0), found, together)
        else:
            found = 1 - missing
            if words_weight == 1:
                found = np.maximum(found, WEAK + 0.01 * shares)
        named = {part.pk for part in query}
        kept = set(self.ids if among is None else among) - named
        answers = [
            Answer(pk, float(score), float(place))
            for pk, score, place, share in zip(self.ids, found, order, shares, strict=True)
            if pk in kept and (used or share)
        ]
        return sorted(answers, key=lambda answer: (-answer.score, -answer.order, answer.pk))

    # --- vectors ---------------------------------------------------------------------------------

    def vector(self, part: Part) -> Floats | None:
        """None of words that the model is unsure of."""
        if part.words:
            sure = self.embedder.read(part.words).sure
            return np.array(text_vector(self.embedder, " ".join(sure)), np.float64) if sure else None
        if part.pk is not None and not part.crop:
            return self.vectors[self.ids.index(part.pk)]
        picture: Any = part.picture
        if not isinstance(picture, Picture):
            picture = ImageItem.objects.get(pk=part.pk).as_picture()
        image = picture.photo.image
        made = image_vectors(self.embedder, [part.crop.of(image) if part.crop else image])
        return np.array(made[0], np.float64)

    def by_vectors(self, sought: list[Any], unwanted: list[Any]) -> tuple[Floats, Floats, Floats]:
        """Of each image the score without what is unwanted, the score, and what sorts equal scores."""
        weights = np.array([part.weight for part, _ in sought])
        cuts = [self.part_cuts(part) for part, _ in sought]
        widths = np.array([one.strong - one.weak for one in cuts])
        blend = (weights / widths) @ np.array([vector for _, vector in sought])
        cosines = self.vectors @ (blend / np.linalg.norm(blend))
        z = standard(cosines)
        steps = np.average(
            [self.steps(one, vector) for one, (_, vector) in zip(cuts, sought, strict=True)],
            axis=0,
            weights=weights,
        )
        scores = np.array([cuts[0].score(float(cosine)) for cosine in cosines])
        if len(sought) > 1:
            scores = ladder(z, steps)
        liked, order = scores, cosines
        if unwanted:
            by_vectors = z - self.unlike(unwanted)
            order = z - np.maximum(self.unlike(unwanted), self.named(unwanted))
            again = ladder((order - by_vectors.mean()) / by_vectors.std(), steps)
            scores = reordered(scores, again)
        for part, vector in sought:
            if not part.words:
                copies = self.copies(self.vectors @ vector)
                liked, scores = np.maximum(liked, copies), np.maximum(scores, copies)
        return liked, scores, order

    def part_cuts(self, part: Part) -> Cuts:
        return self.cuts.words if part.words else self.cuts.picture

    def steps(self, cuts: Cuts, vector: Floats) -> Floats:
        """The z-values of a part's cuts among its cosines with the gallery."""
        cosines = self.vectors @ vector
        marks = np.array([cuts.weak, cuts.likely, cuts.strong])
        return (marks - cosines.mean()) / cosines.std()

    def unlike(self, parts: list[Any]) -> Floats:
        """What is taken from the z-value of each image for its vector: the largest of all parts."""
        taken = [
            strength(part) * np.maximum(standard(self.vectors @ vector), 0)
            for part, vector in parts
            if vector is not None
        ]
        return np.max([np.zeros(len(self.ids)), *taken], axis=0)

    def named(self, parts: list[Any]) -> Floats:
        """What is taken for words in its title or tags, which the spread of the cohort leaves out."""
        taken = [strength(part) * IN_TAG_OR_TITLE * self.says(part.words) for part, _ in parts if part.words]
        return np.max([np.zeros(len(self.ids)), *taken], axis=0)

    def copies(self, cosines: Floats) -> Floats:
        """The score of what is a copy of a sought picture, else 0."""
        least = self.cuts.picture.strong + 0.5 * (self.cuts.picture.top - self.cuts.picture.strong)
        scores = 0.8 + 0.2 * (cosines - least) / (1 - least)
        return np.where(cosines >= least, scores, 0.0)

    # --- words -----------------------------------------------------------------------------------

    def shares(self, text: str) -> Floats:
        """Of each image the share of the words that it has: rarity × field of each, ÷ the rarity of all."""
        found, whole = np.zeros(len(self.ids)), 0.0
        for word in WordRules().sought(text):
            fields = self.fields(word)
            rarity = math.log(1 + len(self.ids) / (1 + np.count_nonzero(fields)))
            found += rarity * fields
            whole += rarity
        return found / (whole or 1.0)

    def rarity(self, text: str) -> float:
        """Of all words of the text together."""
        fields = [self.fields(word) for word in WordRules().sought(text)]
        return sum(math.log(1 + len(self.ids) / (1 + np.count_nonzero(each))) for each in fields)

    def fields(self, word: SoughtWord) -> Floats:
        """Of each image what the best place is worth that the word has in it, in any of its forms."""
        return np.array(
            [
                max(share * FIELDS.get(self.terms[pk].get(term, 0), 0.0) for term, share in word.terms)
                for pk in self.ids
            ]
        )

    def says(self, text: str) -> NDArray[np.bool_]:
        """Of each image whether all these words are in its title or tags."""
        return np.all([self.fields(word) == 1.0 for word in WordRules().sought(text)], axis=0)


def reordered(liked: Floats, scores: Floats) -> Floats:
    """The scores, none of which hides what is shown without what is unwanted, or shows what is not."""
    return np.where(liked >= WEAK, np.maximum(scores, WEAK + 0.01 * scores), np.minimum(scores, WEAK - 0.001))


def strength(part: Part) -> float:
    return min(LESS * part.weight, MOST_LESS)


def standard(values: Floats) -> Floats:
    return (values - values.mean()) / values.std()


def ladder(z: Floats, steps: Floats) -> Floats:
    """The score of a z-value, where `steps` are those of weak, likely and strong."""
    weak, likely, strong = steps
    below = np.maximum(0.0, 0.35 + 0.15 * (z - weak) / (likely - weak))
    middle = 0.5 + 0.2 * (z - likely) / (strong - likely)
    above = 1 - 0.3 * np.exp(-(z - strong) / 1.5)
    return np.where(z < likely, below, np.where(z < strong, middle, above))
