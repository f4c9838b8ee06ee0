"""A product with a photo somewhere on the web, and the vector of that photo."""

from django.db import models

from imagesearch.querysets import SearchMixin
from imagesearch.vectors.fields import VectorField


class ProductQuerySet(SearchMixin["Product"], models.QuerySet["Product"]):
    pass


class Product(models.Model):
    name = models.CharField(max_length=100)
    photo = models.URLField()
    in_stock = models.BooleanField(default=True)
    vector = VectorField(512, source_field="photo", null=True)

    objects = ProductQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
