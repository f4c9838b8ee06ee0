"""The project as an ASGI application."""

import os

from django.core.asgi import get_asgi_application

from imagesearch.data_dir.folders import prepare

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagesearch.settings")
application = get_asgi_application()
prepare()
