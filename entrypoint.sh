#!/bin/sh
# The container's process: prepares the gallery, then serves it. Arguments are those of `manage.py run`.
exec python manage.py run "$@"
