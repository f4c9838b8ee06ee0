# The gallery, ready to serve: `docker build -t gallery .`, then as docs/tidb.md says, or `docker compose up`.

FROM python:3.12-slim-bookworm AS builder
# mysqlclient has no wheels for Linux: it is compiled here, and only its result goes on.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev pkg-config default-libmysqlclient-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# What is needed to know the dependencies, and no more, so that this step is kept while the code changes.
COPY pyproject.toml README.md LICENSE NOTICE ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check '.[tidb,s3]' \
    && /venv/bin/pip uninstall --yes imagesearch-gallery

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data gallery \
    && install --directory --owner gallery --group gallery /data
COPY --from=builder /venv /venv
WORKDIR /gallery
# Templates and static files lie beside the packages, so the tree itself is what runs. It stays root's.
COPY manage.py ./
COPY imagesearch imagesearch
COPY gallery gallery
COPY templates templates
COPY static static
RUN /venv/bin/python -m compileall -q imagesearch gallery

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
USER gallery
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as net; net.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz/ready', timeout=4)"]
# What follows the image's name in `docker run` is for `manage.py run`.
ENTRYPOINT ["python", "manage.py", "run"]
