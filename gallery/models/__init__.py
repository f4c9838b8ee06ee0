"""The gallery's models. Import them from here; each is defined in the module of its name."""

from gallery.models.api_tokens import ApiToken
from gallery.models.images import ImageItem
from gallery.models.owners import FurtherOwner
from gallery.models.query_pictures import QueryPicture
from gallery.models.saved_searches import SavedSearch
from gallery.models.tags import Tag
from gallery.models.terms import Term, WordIndexState
from gallery.models.vectors import Embedding, SecondEmbedding, VectorSpace

__all__ = [
    "ApiToken",
    "Embedding",
    "FurtherOwner",
    "ImageItem",
    "QueryPicture",
    "SavedSearch",
    "SecondEmbedding",
    "Tag",
    "Term",
    "VectorSpace",
    "WordIndexState",
]
