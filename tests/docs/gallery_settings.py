"""The project's settings for the galleries of the pages: they may fetch from a server of the tests."""

import os

from imagesearch.settings import *  # noqa: F403

FETCH_PORTS = (80, 443, int(os.environ["PICTURES_PORT"]))
EMBEDDING_MODEL = os.environ.get("EMBEDDING_MODEL", "tests.support.embedder.ColourEmbedder")
