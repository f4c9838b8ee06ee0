# `make run` starts a gallery; `make test` checks everything that this machine can check.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# So many tests at once: as there are cores.
WORKERS ?= auto
# make run PHOTOS=~/Pictures, DATABASE_URL=…, EMBEDDING_MODEL=… and the other settings pass through.
export DATA_DIR DATABASE_URL EMBEDDING_MODEL EMBEDDING_API_BASE EMBEDDING_API_KEY HOST PORT PUBLIC_URL

# TiDB's driver is built on installing, which needs its headers; so it comes only where it is wanted.
TIDB := $(if $(filter tidb:% mysql:%,$(DATABASE_URL)),$(VENV)/installed-tidb)

.PHONY: help install run serve quickstart samples test test-fast test-everywhere test-tidb test-both-engines coverage lint bench wheel clean

help:
	@echo "make run      install, then prepare and serve (PHOTOS=~/Pictures imports your own)"
	@echo "make serve    serve what is prepared"
	@echo "make test     tests, lint, strict types; on TiDB too where a server is found"
	@echo "make test-fast  tests without browser, slow and committing ones: under two minutes"
	@echo "make test-everywhere  the suite under other BLAS kernels, locales, time zones, one core, newer Pythons"
	@echo "make test-tidb  the same tests on TiDB (TIDB_URL, TIDB_SERVER, tidb-server, tiup)"
	@echo "make coverage  tests without the browser, and how much of the code they run"
	@echo "make wheel    the package, in dist/"
	@echo "make bench    the figures of speed and memory"
	@echo "make samples  draw the sample pictures again, after a change in tools/samples"

install: $(VENV)/installed $(TIDB)

$(VENV)/installed: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is %s. Try make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@echo "Installing into $(VENV) (once) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the tools for tests (once) ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/installed-tidb: $(VENV)/installed
	@echo "Installing TiDB's driver (once) ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[tidb]' || \
		{ echo "It is built from source. Debian: apt-get install default-libmysqlclient-dev gcc pkg-config;" \
		"macOS: brew install mysql-client pkg-config. Then again."; exit 1; }
	@touch $@

quickstart: install
	@$(PY) manage.py quickstart $(if $(PHOTOS),--no-samples)

run: install
	@$(PY) manage.py run $(if $(PHOTOS),--photos "$(patsubst ~/%,$(HOME)/%,$(PHOTOS))")

serve: install
	@$(PY) manage.py serve

lint: $(VENV)/installed-dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/djade --check $$(git ls-files 'templates/*.html')
	@$(VENV)/bin/mypy
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory lint-static; \
		else echo "Scripts and styles are not checked: npm is missing (https://nodejs.org)."; fi

# Of static/: biome (format and rules), tsc (types).
lint-static: node_modules/.package-lock.json
	@npm run --silent lint

node_modules/.package-lock.json: package.json package-lock.json
	@echo "Installing the tools for scripts and styles (once) ..."
	@npm ci --silent --no-audit --no-fund

test: lint
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)
	@$(PY) -m tests.on_tidb -n $(WORKERS) --database-only -m "not browser" $(ARGS)

test-fast: $(VENV)/installed-dev
	@$(PY) -m pytest -q -n $(WORKERS) --fast $(ARGS)

test-everywhere: $(VENV)/installed-dev
	@$(PY) -m tests.everywhere $(if $(ARGS),-- $(ARGS))

test-tidb: $(VENV)/installed-dev
	@! $(PY) -m tests.on_tidb --available || $(MAKE) --no-print-directory test-both-engines

test-both-engines: $(VENV)/installed-tidb
	@$(PY) -m tests.on_tidb -n $(WORKERS) $(ARGS)
	@$(PY) -m tests.on_tidb --engine mysql -n $(WORKERS) $(ARGS)

coverage: $(VENV)/installed-dev
	@$(PY) -m pytest -n $(WORKERS) -m "not browser" --cov $(ARGS)

bench: $(VENV)/installed-dev
	@for name in nearest search uploads images import_images; do echo "== $$name"; $(PY) -m benchmarks.$$name || exit 1; done

samples: $(VENV)/installed
	@$(PY) -m tools.samples

wheel: $(VENV)/installed-dev
	@rm -rf build dist  # setuptools would pack what an earlier version has left in build/
	@$(VENV)/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage
