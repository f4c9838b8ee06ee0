"""The project's settings: from the environment, with defaults from imagesearch/configuration/defaults.py.

Reading them writes nothing: imagesearch/data_dir/folders.py makes folder and key when a gallery starts.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from django.core.management.utils import get_random_secret_key
from django.utils.functional import SimpleLazyObject

from imagesearch.configuration import env
from imagesearch.configuration.defaults import MIB, value
from imagesearch.database import urls
from imagesearch.network import public_url

BASE_DIR = Path(__file__).resolve().parent.parent
# Of a checkout, templates and static files lie beside the packages; in an installed package, in gallery/.
_installed = (BASE_DIR / "gallery" / "templates").is_dir()
_assets = BASE_DIR / "gallery" if _installed else BASE_DIR

# Where a running gallery keeps everything that it must not lose; for its own user alone, unless it is said.
DATA_DIR_MODE: int = value("DATA_DIR_MODE")
FILE_UPLOAD_PERMISSIONS = DATA_DIR_MODE & 0o666
FILE_UPLOAD_DIRECTORY_PERMISSIONS = DATA_DIR_MODE
_home = Path() if _installed or env.text("DATA_DIR") else BASE_DIR
DATA_DIR = (_home / value("DATA_DIR").expanduser()).resolve()
MEDIA_ROOT = DATA_DIR / "media"
QUERY_ROOT = DATA_DIR / "queries"
TMP_ROOT = DATA_DIR / "tmp"

DEBUG: bool = value("DEBUG")
SECRET_KEY: Any = value("SECRET_KEY") or SimpleLazyObject(
    lambda: env.file_secret(DATA_DIR / "secret_key", get_random_secret_key)
)

# Where it listens, and what it is called.
HOST: str = value("HOST")
PORT: int = value("PORT")
WEB_CONCURRENCY: int = value("WEB_CONCURRENCY")
WEB_THREADS: int = value("WEB_THREADS")
WEB_CONNECTIONS: int = value("WEB_CONNECTIONS")
TRUSTED_PROXIES: tuple[IPv4Network | IPv6Network, ...] = value("TRUSTED_PROXIES")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
ALLOWED_HOSTS = [*LOOPBACK_NAMES, *value("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS: list[str] = []
HSTS_SECONDS: int = value("HSTS_SECONDS")
_public = public_url.parse(value("PUBLIC_URL"))
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
MESSAGE_COOKIE_NAME = f"messages{_gallery}"
THEME_COOKIE_NAME, SCORES_COOKIE_NAME = f"theme{_gallery}", f"scores{_gallery}"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = _prefix or "/"
MESSAGE_STORAGE = "gallery.web.message_storage.Storage"
# The proxy redirects to https, if anything does; subdomains and browsers' lists are not ours to decide about.
# FILE_UPLOAD_TEMP_DIR is missing until a gallery starts, and no command should fail for that (files.E001).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021", "files.E001"]

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
    "django_htmx.middleware.HtmxMiddleware",  # first: errors of any other one look at request.htmx
    "gallery.web.public_address.as_public_url",
    "gallery.web.middleware.warn_of_proxy",
    "gallery.web.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gallery.web.middleware.refuse_oversized",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gallery.web.login_required.RequireLogin",  # before the CSRF check, which reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gallery.web.middleware.explain_errors",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "imagesearch.urls"
WSGI_APPLICATION = "imagesearch.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_assets / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gallery.web.context_processors.page_context",
            ],
        },
    },
]

# The database.
DATABASES: dict[str, Any] = {
    "default": urls.describe(value("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'gallery.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files. One storage for pictures, content-addressed: on this disk, or in a bucket.
AWS_STORAGE_BUCKET_NAME: str = value("AWS_STORAGE_BUCKET_NAME")
MEDIA_REDIRECT: bool = value("MEDIA_REDIRECT")
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = f"{_prefix}/static/"
STATICFILES_DIRS = [] if _installed else [_assets / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "imagesearch.images.storage.ContentStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {"BACKEND": "gallery.web.static_storage.HashedStorage"},
}
if AWS_STORAGE_BUCKET_NAME:
    STORAGES["default"] = {
        "BACKEND": "imagesearch.images.s3.ContentS3Storage",
        "OPTIONS": {
            "bucket_name": AWS_STORAGE_BUCKET_NAME,
            "endpoint_url": value("AWS_S3_ENDPOINT_URL") or None,
            "region_name": value("AWS_S3_REGION_NAME") or None,
            "access_key": value("AWS_ACCESS_KEY_ID") or None,
            "secret_key": value("AWS_SECRET_ACCESS_KEY") or None,
            "location": value("AWS_LOCATION"),
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

# The embedding model.
EMBEDDING_MODEL: str = value("EMBEDDING_MODEL")
EMBEDDING_API_BASE: str = value("EMBEDDING_API_BASE")
EMBEDDING_API_KEY: str = value("EMBEDDING_API_KEY")
EMBEDDING_TIMEOUT: float = value("EMBEDDING_TIMEOUT")
EMBEDDING_THREADS: int = value("EMBEDDING_THREADS")
EMBED_ON_SAVE: str = value("EMBED_ON_SAVE")
SEARCH_LANGUAGE: str = value("SEARCH_LANGUAGE")

# Limits; each is explained in docs/configuration.md.
MAX_IMAGE_BYTES: int = value("MAX_IMAGE_BYTES")
MAX_IMAGE_PIXELS: int = value("MAX_IMAGE_PIXELS")
MAX_JPEG_PIXELS: int = value("MAX_JPEG_PIXELS")
MAX_DECODE_MB: int = value("MAX_DECODE_MB")
MAX_IMAGE_FRAMES_PIXELS: int = value("MAX_IMAGE_FRAMES_PIXELS")
UPLOAD_SPOOL_BYTES: int = value("UPLOAD_SPOOL_BYTES")
FETCH_MAX_BYTES: int = value("FETCH_MAX_BYTES")
FETCH_TIMEOUT: float = value("FETCH_TIMEOUT")
FETCH_MAX_REDIRECTS: int = value("FETCH_MAX_REDIRECTS")
FETCH_ALLOWED_NETWORKS: tuple[str, ...] = value("FETCH_ALLOWED_NETWORKS")
SEARCHES_PER_MINUTE: int = value("SEARCHES_PER_MINUTE")
WORD_SEARCHES_PER_MINUTE: int = value("WORD_SEARCHES_PER_MINUTE")
UPLOADS_AT_ONCE: int = value("UPLOADS_AT_ONCE")
UPLOADS_PER_CLIENT: int = value("UPLOADS_PER_CLIENT")
FETCHES_AT_ONCE: int = value("FETCHES_AT_ONCE")
FETCHES_PER_CLIENT: int = value("FETCHES_PER_CLIENT")
LONG_PAGES_AT_ONCE: int = value("LONG_PAGES_AT_ONCE")
MAX_SEARCH_DECODE_MB: int = value("MAX_SEARCH_DECODE_MB")
MIN_FREE_MB: int = value("MIN_FREE_MB")
QUERY_PICTURES_MB: int = value("QUERY_PICTURES_MB")
QUERY_PICTURE_HOURS: int = value("QUERY_PICTURE_HOURS")
OPEN_UPLOADS: bool = value("OPEN_UPLOADS")

# People.
LOGIN_REQUIRED: bool = value("LOGIN_REQUIRED")
DEFAULT_VISIBILITY: str = value("DEFAULT_VISIBILITY")
LOGIN_FAILURES: int = value("LOGIN_FAILURES")
LOGIN_LOCKOUT_MINUTES: int = value("LOGIN_LOCKOUT_MINUTES")
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
AUTHENTICATION_BACKENDS = ["gallery.web.logins.Backend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "gallery.web.logins.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]
AXES_FAILURE_LIMIT = "gallery.web.logins.failure_limit"
AXES_COOLOFF_TIME = "gallery.web.logins.cool_off"
AXES_USERNAME_CALLABLE = "gallery.web.logins.client_name"
AXES_CLIENT_IP_CALLABLE = "gallery.web.logins.client_ip"
AXES_LOCKOUT_CALLABLE = "gallery.web.logins.locked_out"
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
    # django-axes writes names as strangers typed them; gallery.web.logins writes them safe for a log.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("httpx", "httpx2")},
        "waitress.queue": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    },
    "root": {
        "handlers": ["console"],
        "level": value("LOG_LEVEL"),
    },
}
