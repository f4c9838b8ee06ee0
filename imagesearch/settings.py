"""The project's settings: each from the environment, each listed in docs/configuration.md."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.utils import get_random_secret_key

from imagesearch import databases, env, public_url

BASE_DIR = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024

# Where a running gallery keeps everything that it must not lose; for its own user alone, unless it is said.
DATA_DIR_MODE = env.mode("DATA_DIR_MODE", 0o700)
os.umask(0o777 & ~DATA_DIR_MODE)
FILE_UPLOAD_PERMISSIONS = DATA_DIR_MODE & 0o666
FILE_UPLOAD_DIRECTORY_PERMISSIONS = DATA_DIR_MODE
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).expanduser().resolve()
MEDIA_ROOT = DATA_DIR / "media"
QUERY_ROOT = DATA_DIR / "queries"
TMP_ROOT = DATA_DIR / "tmp"
with suppress(OSError):  # Django's checks refuse every command while this one is missing
    TMP_ROOT.mkdir(parents=True, exist_ok=True)

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY") or env.file_secret(DATA_DIR / "secret_key", get_random_secret_key)

# Where it listens, and what it is called.
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, least=1, most=65535)
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 1, least=1, most=64)
WEB_THREADS = env.number("WEB_THREADS", 8, least=1, most=256)
WEB_CONNECTIONS = env.number("WEB_CONNECTIONS", 2000, least=50, most=100_000)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
ALLOWED_HOSTS = [*LOOPBACK_NAMES, *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS: list[str] = []
HSTS_SECONDS = env.number("HSTS_SECONDS", 3600, least=0, most=63_072_000)
_public = public_url.parse(env.text("PUBLIC_URL"))
PUBLIC_URL = str(_public or "")
_prefix = _public.prefix if _public else ""
if _public:
    ALLOWED_HOSTS.append(_public.host)
    CSRF_TRUSTED_ORIGINS.append(_public.origin)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.is_secure
    SECURE_HSTS_SECONDS = HSTS_SECONDS if _public.is_secure else 0
    FORCE_SCRIPT_NAME = _prefix or None
# Browsers keep cookies by host, whatever the port: two galleries of one host need different names.
_port = _public.port if _public else PORT
_gallery = "".join(f"_{part}" for part in (_port, _prefix.strip("/").replace("/", "_")) if part)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{_gallery}", f"csrftoken{_gallery}"
MESSAGE_COOKIE_NAME, THEME_COOKIE_NAME = f"messages{_gallery}", f"theme{_gallery}"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = _prefix or "/"
MESSAGE_STORAGE = "gallery.notices.Storage"
# The proxy redirects to https, if anything does; subdomains and browsers' lists are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

INSTALLED_APPS = [
    "gallery.apps.GalleryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "axes",
    "imagesearch",
    "gallery",
]
MIDDLEWARE = [
    "gallery.public_address.as_public_url",
    "gallery.middleware.warn_of_proxy",
    "gallery.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gallery.middleware.refuse_oversized",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gallery.locked.RequireLogin",  # before the CSRF check, which reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gallery.middleware.explain_errors",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "imagesearch.urls"
WSGI_APPLICATION = "imagesearch.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gallery.context.shell",
            ],
        },
    },
]

# The database.
DATABASES: dict[str, Any] = {
    "default": databases.describe(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'gallery.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files. One storage for pictures, content-addressed: on this disk, or in a bucket.
AWS_STORAGE_BUCKET_NAME = env.text("AWS_STORAGE_BUCKET_NAME")
MEDIA_REDIRECT = env.boolean("MEDIA_REDIRECT", False)
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = f"{_prefix}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "imagesearch.storage.ContentStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {"BACKEND": "gallery.staticfiles.HashedStorage"},
}
if AWS_STORAGE_BUCKET_NAME:
    STORAGES["default"] = {
        "BACKEND": "imagesearch.s3.ContentS3Storage",
        "OPTIONS": {
            "bucket_name": AWS_STORAGE_BUCKET_NAME,
            "endpoint_url": env.text("AWS_S3_ENDPOINT_URL") or None,
            "region_name": env.text("AWS_S3_REGION_NAME") or None,
            "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
            "location": env.text("AWS_LOCATION"),
            "max_memory_size": MIB,  # of a picture on its way to a visitor; the rest of it waits in a file
        },
    }
FILE_UPLOAD_TEMP_DIR = str(TMP_ROOT)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * MIB
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MIB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # scripts send the numbers of thousands of chosen rows
DATA_UPLOAD_MAX_NUMBER_FILES = (
    12  # the parts of a query; all together they are no larger than one picture may be
)

# The embedding model; `builtin/everyday-v1` needs no download.
EMBEDDING_MODEL = env.text("EMBEDDING_MODEL", "builtin/everyday-v1")
EMBEDDING_API_BASE = env.text("EMBEDDING_API_BASE")
EMBEDDING_API_KEY = env.text("EMBEDDING_API_KEY")
EMBEDDING_TIMEOUT = env.number("EMBEDDING_TIMEOUT", 60.0, least=1, most=600)
EMBEDDING_THREADS = env.number("EMBEDDING_THREADS", 1, least=1, most=64)
EMBED_ON_SAVE = env.choice("EMBED_ON_SAVE", "auto", ("auto", "inline", "worker"))

# Limits; each is explained in docs/configuration.md.
MAX_IMAGE_BYTES = env.number("MAX_IMAGE_BYTES", 50 * MIB, least=1024, most=2**31)
MAX_IMAGE_PIXELS = env.number("MAX_IMAGE_PIXELS", 64_000_000, least=1, most=10**9)
MAX_JPEG_PIXELS = env.number("MAX_JPEG_PIXELS", 210_000_000, least=1, most=10**9)
MAX_DECODE_MB = env.number("MAX_DECODE_MB", 420, least=1, most=2**16)
MAX_IMAGE_FRAMES_PIXELS = env.number("MAX_IMAGE_FRAMES_PIXELS", 256_000_000, least=1, most=10**10)
UPLOAD_SPOOL_BYTES = env.number("UPLOAD_SPOOL_BYTES", 1024 * MIB, least=MIB, most=2**40)
FETCH_MAX_BYTES = env.number("FETCH_MAX_BYTES", 25 * MIB, least=1024, most=2**31)
FETCH_TIMEOUT = env.number("FETCH_TIMEOUT", 10.0, least=0.1, most=600)
FETCH_MAX_REDIRECTS = env.number("FETCH_MAX_REDIRECTS", 3, least=0, most=10)
FETCH_ALLOWED_NETWORKS = env.words("FETCH_ALLOWED_NETWORKS")
SEARCHES_PER_MINUTE = env.number("SEARCHES_PER_MINUTE", 30, least=1, most=10**6)
WORD_SEARCHES_PER_MINUTE = env.number("WORD_SEARCHES_PER_MINUTE", 300, least=1, most=10**6)
UPLOADS_AT_ONCE = env.number("UPLOADS_AT_ONCE", 4, least=1, most=1000)
UPLOADS_PER_CLIENT = env.number("UPLOADS_PER_CLIENT", 3, least=1, most=1000)
FETCHES_AT_ONCE = env.number("FETCHES_AT_ONCE", 4, least=1, most=1000)
FETCHES_PER_CLIENT = env.number("FETCHES_PER_CLIENT", 2, least=1, most=1000)
LONG_PAGES_AT_ONCE = env.number("LONG_PAGES_AT_ONCE", 2, least=1, most=1000)
MAX_SEARCH_DECODE_MB = env.number("MAX_SEARCH_DECODE_MB", 300, least=1, most=2**16)
MIN_FREE_MB = env.number("MIN_FREE_MB", 500, least=0, most=10**9)
QUERY_PICTURES_MB = env.number("QUERY_PICTURES_MB", 500, least=1, most=10**9)
QUERY_PICTURE_HOURS = env.number("QUERY_PICTURE_HOURS", 24, least=1, most=24 * 365)
OPEN_UPLOADS = env.boolean("OPEN_UPLOADS", True)

# People.
LOGIN_REQUIRED = env.boolean("LOGIN_REQUIRED", False)
DEFAULT_VISIBILITY = env.choice("DEFAULT_VISIBILITY", "public", ("public", "hidden"))
LOGIN_FAILURES = env.number("LOGIN_FAILURES", 5, least=1, most=10**6)
LOGIN_LOCKOUT_MINUTES = env.number("LOGIN_LOCKOUT_MINUTES", 15, least=1, most=24 * 60)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "library"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["gallery.logins.Backend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "gallery.logins.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]
AXES_FAILURE_LIMIT = "gallery.logins.failure_limit"
AXES_COOLOFF_TIME = "gallery.logins.cool_off"
AXES_USERNAME_CALLABLE = "gallery.logins.client_name"
AXES_CLIENT_IP_CALLABLE = "gallery.logins.client_ip"
AXES_LOCKOUT_CALLABLE = "gallery.logins.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = AXES_ENABLE_ADMIN = False
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # huggingface_hub's client writes a line for each request, signed URLs included.
    # waitress writes one for each request that waits for a thread.
    # django-axes writes names as strangers typed them; gallery.logins writes them safe for a log.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("httpx", "httpx2")},
        "waitress.queue": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    },
    "root": {
        "handlers": ["console"],
        "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
}
