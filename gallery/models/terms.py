"""The word index, one row for each word of an image, and by which rules it was written."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gallery.text.folding import TERM_LENGTH
from gallery.text.stems import LANGUAGES
from gallery.text.words import Form, SoughtWord, WordRules
from imagesearch.database.collation import ExactCharField

ONLY = 1  # the key of the one row of WordIndexState


class Term(models.Model):
    """The word index: one folded word of an image's title, tags, file name or caption."""

    # The constraint's index begins with the image, so that it needs none of its own.
    image = models.ForeignKey(
        "gallery.ImageItem", on_delete=models.CASCADE, related_name="terms", db_index=False
    )
    term = ExactCharField(max_length=TERM_LENGTH)
    form = models.PositiveSmallIntegerField(
        choices=[(form.value, form.name.lower()) for form in Form],
        default=Form.EARLIER,
        db_default=Form.EARLIER.value,
    )
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "term", "form"], name="term_form_once")]
        indexes = [models.Index(fields=["term", "weight", "image", "form"], name="term_by_weight")]

    def __str__(self) -> str:
        return str(self.term)


def beginning_with(field: str, letters: str) -> Q:
    """As a range, which an index answers everywhere; SQLite's LIKE reads the whole table."""
    return Q(**{f"{field}__gte": letters, f"{field}__lt": f"{letters}\U0010ffff"})


def having(word: SoughtWord, rules: WordRules) -> Q:
    """The rows of the word index that this word of a query is found by."""
    forms = [*rules.forms, *((Form.STEM,) if rules.language else ())]
    if word.is_beginning:
        return beginning_with("term", word.text) & Q(form__in=forms)
    return Q(term__in=[term for term, _ in word.terms], form__in=forms)


class WordIndexState(models.Model):
    """By which rules the word index answers, and how far it is rebuilt for others: one row.

    Images up to the key `position` have been written by the rules of `next_version` and `next_language`; or,
    where the index `is_switched` to them, no longer have terms of version 1.
    """

    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=8, blank=True)
    next_version = models.PositiveSmallIntegerField(default=0)
    next_language = models.CharField(max_length=8, blank=True, default="")
    position = models.PositiveBigIntegerField(default=0)
    is_switched = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Word index of version {self.version}"

    @classmethod
    def current(cls, using: str | None = None) -> WordIndexState:
        """Of this version and SEARCH_LANGUAGE in a gallery that has none yet."""
        rules = wanted_rules()
        now = {"version": rules.version, "language": rules.language}
        return cls._default_manager.using(using).get_or_create(pk=ONLY, defaults=now)[0]

    @property
    def rules(self) -> WordRules:
        """Those by which it answers."""
        return WordRules(self.version, self.language)

    @property
    def written_rules(self) -> list[WordRules]:
        """Those by which a changed image is written: while version 1 answers, by the next ones as well."""
        if self.version == 1:
            return [self.rules, wanted_rules()]
        return [wanted_rules()]


def wanted_rules() -> WordRules:
    """Those of this program and its settings."""
    language = settings.SEARCH_LANGUAGE.lower()
    return WordRules(language=language if language in LANGUAGES else "")
