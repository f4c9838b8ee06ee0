#!/bin/sh
# The container's process: prepares the gallery, then becomes the server. Arguments are quickstart's.
set -eu

# A shell that is process 1 does not die of SIGTERM by itself, so it passes the signal on.
# The trap comes first: the signal may arrive before the next line has run.
trap '[ -z "${!:-}" ] || { kill -TERM "$!"; wait "$!" || true; }; exit 143' TERM INT
python manage.py quickstart "$@" &
wait "$!"
trap - TERM INT

exec python manage.py serve
