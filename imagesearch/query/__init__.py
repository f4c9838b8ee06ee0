"""Queries. `from imagesearch.query import Crop, Picture, Query` is the public way to them."""

from imagesearch.query.pictures import Crop, Picture
from imagesearch.query.query import Part, Query

__all__ = ["Crop", "Part", "Picture", "Query"]
