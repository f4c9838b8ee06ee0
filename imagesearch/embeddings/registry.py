"""Finds the embedding model by its name; one of each in a process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from django.utils.module_loading import import_string

from imagesearch.configuration.conf import setting
from imagesearch.embeddings.base import Embedder
from imagesearch.errors import ModelError

# Each class is built with the part of the name after the slash. They are imported by name, on first use: most
# processes need one of them, and a missing library of another must not stop it.
PROVIDERS = {
    "builtin": "imagesearch.embeddings.builtin.everyday.EverydayEmbedder",
    "clip": "imagesearch.embeddings.clip.ClipEmbedder",
    "jina_ai": "imagesearch.embeddings.remote.JinaEmbedder",
    "openai": "imagesearch.embeddings.remote.OpenAIEmbedder",
}
CHOICES = (
    "builtin/everyday-v1, clip/<folder or hub repository>, jina_ai/jina-embeddings-v4, jina_ai/jina-clip-v2, "
    "openai/<model>, or the dotted path of a class of your own"
)

_embedders: dict[str, Embedder] = {}
_lock = Lock()


def get_embedder(name: str | None = None) -> Embedder:
    """The model of that name, else the one that EMBEDDING_MODEL names. Raises ModelError.

    `provider/model`, or the dotted path of an Embedder that is built without arguments. Loads nothing.
    """
    name = name or str(setting("EMBEDDING_MODEL"))
    if name in _embedders:
        return _embedders[name]
    with _lock:  # importing a model's library takes a moment, and only those who need a new model wait for it
        if name not in _embedders:
            _embedders[name] = build(name)
        return _embedders[name]


def is_name(name: str) -> bool:
    """Whether it has the form of a model's name; nothing is imported."""
    provider, slash, model = name.partition("/")
    return bool(model) and provider in PROVIDERS if slash else "." in name


def build(name: str) -> Embedder:
    """A new embedder of that name. Raises ModelError."""
    provider, slash, model = name.partition("/")
    if slash and model and provider in PROVIDERS:
        made: Embedder = import_class(PROVIDERS[provider])(model)
        return made
    if slash or "." not in name:
        raise ModelError(f"There is no embedding model {name!r}. EMBEDDING_MODEL takes {CHOICES}.")
    own = import_class(name)()
    if not isinstance(own, Embedder):
        raise ModelError(f"EMBEDDING_MODEL is {name!r}, which is no imagesearch.embeddings.base.Embedder.")
    own.name = name  # galleries keep it, and find the class by it
    return own


def import_class(path: str) -> Callable[..., Embedder]:
    """Raises ModelError where the class, or a library that it needs, cannot be imported."""
    try:
        found: Callable[..., Embedder] = import_string(path)
    except ImportError as error:
        raise ModelError(f"The embedding model's class {path} cannot be imported: {error}.") from error
    return found
