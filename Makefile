# `make run` starts a gallery; `make test` checks everything that this machine can check.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# make run PHOTOS=~/Pictures, DATABASE_URL=…, EMBEDDING_MODEL=… and the other settings pass through.
export DATA_DIR DATABASE_URL EMBEDDING_MODEL EMBEDDING_API_BASE EMBEDDING_API_KEY HOST PORT PUBLIC_URL

.PHONY: help install run serve quickstart test lint bench clean

help:
	@echo "make run      install, prepare, serve (PHOTOS=~/Pictures imports your own)"
	@echo "make serve    serve what is prepared"
	@echo "make test     tests, lint, strict types"
	@echo "make bench    the figures of speed and memory"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is %s. Try make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@echo "Installing into $(VENV) (once) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the tools for tests (once) ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

quickstart: install
	@$(PY) manage.py quickstart $(if $(PHOTOS),--no-samples)

run: quickstart
	@$(PY) manage.py serve $(if $(PHOTOS),--photos $(PHOTOS))

serve: install
	@$(PY) manage.py serve

lint: $(VENV)/installed-dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/djade --check $$(git ls-files 'templates/*.html')
	@$(VENV)/bin/mypy

test: lint
	@$(PY) -m pytest $(ARGS)

bench: $(VENV)/installed-dev
	@for name in nearest search uploads images import_images; do echo "== $$name"; $(PY) -m benchmarks.$$name || exit 1; done

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
