"""The project's settings for its tests: a folder that is thrown away, and nothing that waits."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.support import environment

_data = tempfile.mkdtemp(prefix="gallery-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
environment.clear()
os.environ["DATA_DIR"] = _data
if _url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = _url

from imagesearch.settings import *  # noqa: E402, F403
from imagesearch.settings import DATA_DIR, DATABASES, INSTALLED_APPS, STORAGES, TMP_ROOT  # noqa: E402

TMP_ROOT.mkdir(parents=True, exist_ok=True)
sys.path.append(str(Path(__file__).parent.parent / "examples/shop"))
INSTALLED_APPS = [*INSTALLED_APPS, "shop", "tests.points"]
if not _url:  # a file: threads and processes share it
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMBEDDING_MODEL = "tests.support.embedder.ColourEmbedder"
EMBED_ON_SAVE = "inline"
