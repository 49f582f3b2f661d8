# `make` prints this help. Every target does its own set-up; nothing has to be installed by hand
# (on Debian: make, python3 and, where it is missing, python3-venv by apt).

PYTHON ?= python3
PORT ?= 8750
BIN := .venv/bin
SOURCES := src tests bench tools
# PDF: the library that lays out text, and Japanese fonts. Backups: the engine and its append-only server. Tests besides: a browser, a database server, PDF to picture.
RUN_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk restic rclone
TEST_PACKAGES := chromium postgresql poppler-utils
.DEFAULT_GOAL := help

.PHONY: help run test check bench docs demo generate clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: .venv/run ## set up, judge the sample institutions, and start the web application with them (Ctrl-C ends it)
	@$(BIN)/mitasu demo
	@$(BIN)/mitasu up --demo --data build/run --port $(PORT)

demo: .venv/run ## set up, and judge the sample institutions for today and the days on which the rules turned
	@$(BIN)/mitasu demo

test: .venv/dev ## set up, and run every test
	$(BIN)/python -m pytest -n 2 --dist loadscope
	tools/with-postgresql $(BIN)/python -m pytest -n 2 --dist loadscope tests/server # the same on PostgreSQL

check: .venv/dev ## format, lint, types, import rules, generated files
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate.py --check
	$(BIN)/mitasu rules check

bench: .venv/dev ## measure, side by side with a hand-written version; prints ratios
	$(BIN)/python -m bench
	$(BIN)/python -m bench.claims
	$(BIN)/python -m bench.claims_audit
	$(BIN)/python -m bench.backup
	$(BIN)/python -m bench.matrix
	$(BIN)/python -m bench.records
	$(BIN)/python -m bench.web
	tools/with-postgresql $(BIN)/python -m bench.web

docs: .venv/dev ## the handbook as HTML in build/docs, with the pictures that the browser tests made
	$(BIN)/sphinx-build -q -W docs build/docs

generate: .venv/dev ## write the generated files anew: schemas, parsed rulebook, reference pages
	$(BIN)/python tools/generate.py

clean: ## remove what was made
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 以上が要ります。"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh tools/install-venv
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python requirements/run.txt pyproject.toml
	@sh tools/install-debian want $(RUN_PACKAGES)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	@sh tools/install-debian need $(RUN_PACKAGES) $(TEST_PACKAGES)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@
