# Every target sets up what it needs first; `make` alone lists them.
PYTHON ?= python3
VENV := .venv/bin
UV := uv==0.13.9
PG15 ?= /usr/lib/postgresql/15/bin
PYTEST := $(VENV)/python -m pytest -n 2 --dist loadfile
MAKEFLAGS += --no-print-directory

.PHONY: help run test check bench bench-full test-pg15 screens messages lock clean setup-run setup-dev

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: setup-run ## start the shop with demo data; Ctrl-C stops it (port: DAODA_PORT, data: DAODA_DATA)
	@exec $(VENV)/daoda up --demo

test: setup-dev ## run every test, two processes side by side (one test: .venv/bin/pytest PATH)
	@exec $(PYTEST) $(ARGS)

check: setup-dev ## what CI checks besides the tests: style, types, floors, budgets, migrations
	@exec $(VENV)/python scripts/check.py

bench: setup-dev ## measure everything in ten minutes, beside peers (some: ITEM="delivery live")
	@$(VENV)/python -m daoda.proving.bench $(ITEM) $(ARGS) && $(VENV)/python -m daoda.proving.bench.page

bench-full: setup-dev ## measure ITEM in the size of its goal; the same command goes on after a stop
	@test -n "$(ITEM)" || { echo "which? make bench-full ITEM=flat"; exit 2; }
	@$(VENV)/python -m daoda.proving.bench --size full --folder data/bench $(ITEM) $(ARGS) \
	  && $(VENV)/python -m daoda.proving.bench.page

test-pg15: setup-dev ## run every test on PostgreSQL 15 (binaries: PG15=/usr/lib/postgresql/15/bin)
	@test -x "$(PG15)/initdb" || { \
	  echo "No PostgreSQL 15 at $(PG15). On Debian 12: apt-get install postgresql-15;"; \
	  echo "elsewhere name its bin folder: make PG15=/path/to/bin test-pg15"; exit 1; }
	@exec env DAODA_TEST_PG_BIN="$(PG15)" $(PYTEST) $(ARGS)

screens: setup-dev ## take the pictures of the main pages for docs/ with the system's Chromium
	@exec $(VENV)/python scripts/screens.py

messages: setup-dev ## take up new texts of pages, say what is not translated, compile
	@exec $(VENV)/python scripts/messages.py $(ARGS)

lock: ## make requirements/*.lock anew from pyproject.toml (the newest allowed versions, hashed)
	@echo "Resolving with $(UV) ..."
	@$(PYTHON) -m venv .lock && .lock/bin/pip install --quiet --disable-pip-version-check $(UV)
	@.lock/bin/python scripts/lock.py; code=$$?; rm -rf .lock; exit $$code

clean: ## remove what was built: environment, caches, logs of tests; never the data
	rm -rf .venv .lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@$(PYTHON) scripts/setup.py run

setup-dev:
	@$(PYTHON) scripts/setup.py dev
