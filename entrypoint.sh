#!/bin/sh
# The container's process: prepares the gallery, then becomes the server. Arguments are quickstart's.
set -eu

# A shell that is process 1 does not die of SIGTERM by itself, so it passes the signal on.
python manage.py quickstart "$@" &
trap 'kill -TERM "$!"; wait "$!" || true; exit 143' TERM INT
wait "$!"
trap - TERM INT

exec python manage.py serve
