# `make` prints this help. Every target does its own set-up; nothing has to be installed by hand
# (on Debian: make, python3 and, where it is missing, python3-venv by apt).

PYTHON ?= python3
BIN := .venv/bin
SOURCES := src tests bench tools
.DEFAULT_GOAL := help

.PHONY: help run test check bench docs demo generate clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: .venv/run ## set up, and judge the sample institutions for today and the days on which the rules turned
	@$(BIN)/mitasu demo

demo: run ## the same as run

test: .venv/dev ## set up, and run every test
	$(BIN)/python -m pytest -n 2 --dist loadscope

check: .venv/dev ## format, lint, types, import rules, generated files
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate.py --check
	$(BIN)/mitasu rules check

bench: .venv/dev ## measure, side by side with a hand-written version; prints ratios
	$(BIN)/python -m bench

docs: .venv/dev ## the handbook as HTML in build/docs
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
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@
