# Everything one does with this project. `make help` lists it; nothing but Python 3.11 or newer is needed beforehand.

PYTHON ?= python3
WORKERS ?= 2

BIN := .venv/bin
# For what must work before the package itself is installed.
SOURCE := PYTHONPATH=src:.
DONE := .venv/done
NPM := $(BIN)/python scripts/npm.py
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate
PAGE_SOURCES := $(shell find web src/chatbox/locales -name node_modules -prune -o -print) hatch_build.py
export UV_PYTHON_DOWNLOADS := never
# Compiled once and kept: compiling is most of what a process takes to start, and the tests start hundreds of them.
export PYTHONDONTWRITEBYTECODE :=
# What the shell or `.env` says goes first.
HERE := $(if $(CHATBOX_DATA_DIR)$(shell grep -s '^CHATBOX_DATA_DIR=' .env),,CHATBOX_DATA_DIR='$(CURDIR)/data')

.DEFAULT_GOAL := help
.PHONY: help run test test-python test-web check format lint types imports guards web-check build lock contract docs screenshots bench programs clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(DONE)/package ## Set up what is missing and start the server on http://127.0.0.1:8080
	@$(HERE) $(BIN)/chatbox models pull || echo "The built-in model is not here yet; chatting needs it or a provider. 'make run' tries again."
	@$(HERE) exec $(BIN)/chatbox serve

test: test-web test-python ## Run all tests, Python's and the page's, and hold the coverage limits

test-web: web/node_modules/.package-lock.json
	$(NPM) test

test-python: $(DONE)/dev $(DONE)/package programs
	$(BIN)/python -m pytest -p tests.support.coverage --numprocesses $(WORKERS) --dist worksteal
	$(BIN)/python scripts/coverage_limits.py

check: format lint types imports guards web-check ## Run everything that reads the code without running it

format: $(DONE)/dev
	$(BIN)/ruff format --check .

lint: $(DONE)/dev
	$(BIN)/ruff check --output-format concise .

types: $(DONE)/dev
	$(BIN)/mypy

imports: $(DONE)/dev
	$(SOURCE) $(BIN)/lint-imports --no-logo

guards: $(DONE)/dev web/node_modules/.package-lock.json
	$(BIN)/python -m pytest tests/guards --quiet

web-check: $(DONE)/package web/node_modules/.package-lock.json
	$(NPM) run check
	$(NPM) run size

build: $(DONE)/dev ## Make the wheel and the source archive in dist/
	rm -rf dist
	$(BIN)/uv build --build-constraints requirements-dev.lock

lock: $(DONE)/dev ## Resolve the dependencies of pyproject.toml anew, keeping what still fits
	$(COMPILE) pyproject.toml --extra ocr --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra ocr --group dev --output-file requirements-dev.lock

contract: $(DONE)/dev web/node_modules/.package-lock.json ## Derive the browser's types from the server's
	$(SOURCE) $(BIN)/python -m chatbox.cli contract web/src/wire/openapi.json
	$(NPM) run wire

docs: $(DONE)/dev ## Write the pages that are made from the code
	$(SOURCE) $(BIN)/python scripts/write_settings_doc.py

screenshots: $(DONE)/dev $(DONE)/package programs ## Take the pictures in docs/using anew
	$(SOURCE) $(BIN)/python scripts/take_screenshots.py

bench: $(DONE)/dev $(DONE)/package ## Measure every claim of docs/performance.md (needs a quiet machine and half an hour)
	for claim in first_token streams throughput isolation thread_open uploads reading start table; do $(BIN)/python -m bench.$$claim || exit 1; done

programs: $(DONE)/dev
	@$(BIN)/python scripts/programs.py

clean: ## Remove what was built; the data folder stays
	rm -rf .venv dist web/node_modules src/chatbox/web .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The steps that are not repeated until what they depend on changes.

$(DONE)/run: requirements.lock scripts/environment.py
	$(PYTHON) scripts/environment.py .venv requirements.lock
	@mkdir -p $(DONE) && touch $@

$(DONE)/dev: requirements-dev.lock scripts/environment.py
	$(PYTHON) scripts/environment.py .venv requirements-dev.lock
	@mkdir -p $(DONE) && touch $@

# Building the package builds the page, unless it was built from these very sources before.
$(DONE)/package: $(PAGE_SOURCES) pyproject.toml | $(DONE)/run
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --build-constraints requirements-dev.lock --reinstall-package chatbox --editable .
	@touch $@

ifeq ($(wildcard src/chatbox/web/.stamp),)
.PHONY: $(DONE)/package
endif

web/node_modules/.package-lock.json: web/package-lock.json | $(DONE)/dev
	$(NPM) ci --ignore-scripts
	@touch $@
