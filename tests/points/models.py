"""Small tables with vectors, whose distances can be done in one's head."""

from __future__ import annotations

from django.db import models

from imagesearch.vectors.fields import VectorField


class Board(models.Model):
    """Its pins are deleted with it."""

    objects: models.Manager[Board] = models.Manager()


class Pin(models.Model):
    """A vector that must be there, of three numbers, so that distances can be done in one's head."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, null=True)
    vector = VectorField(dimensions=3)

    objects: models.Manager[Pin] = models.Manager()


class Sketch(models.Model):
    """A vector that may be missing."""

    note = models.CharField(max_length=100, blank=True)
    vector = VectorField(dimensions=3, null=True)

    objects: models.Manager[Sketch] = models.Manager()
