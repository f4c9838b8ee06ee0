"""The settings of a shop that uses the engine alone."""

import os
from pathlib import Path

from imagesearch.database.urls import describe

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "for trying it out only")
DEBUG = True
INSTALLED_APPS = ["imagesearch", "shop"]
ROOT_URLCONF = "shop.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": describe(os.environ.get("DATABASE_URL", f"sqlite:///{BASE_DIR / 'shop.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_DIR = BASE_DIR / "data"

# This tutorial's photos are on this computer. Without these two settings the engine refuses addresses that
# are not on the internet, and ports other than 80 and 443.
FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
FETCH_PORTS = [80, 443, 8001]
