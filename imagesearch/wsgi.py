"""The project as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from imagesearch.data_dir.folders import prepare

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagesearch.settings")
application = get_wsgi_application()
prepare()
