# Everything a newcomer or a developer runs. `make` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo serve test bench fmt install test-install chromium messages \
        check-format check-lint check-templates check-types check-floors check-migrations \
        test-unit test-quick test-spark test-browser clean
MAKEFLAGS += --no-print-directory

# Paths are relative, so that the folder may have spaces and any letters in its name.
PY := .venv/bin/python
APP := .venv/.kefen-app
TESTS := .venv/.kefen-tests
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled modules are kept, though an image may ask for none: every process would compile Kefen
# again, and every run of pytest would write its assertions anew.
unexport PYTHONDONTWRITEBYTECODE

# What the installed package is made of; code itself is used from the folder it is in.
PARTS := pyproject.toml hatch_build.py frontend/package-lock.json \
         $(shell find src -name '*.po' 2>/dev/null)
# Every core compiles what pip, which has one, installs; some packages hold files that are none.
INSTALL := $(PY) -m pip install --no-compile
COMPILE := $(PY) -m compileall -qq -j 0 .venv/lib || true
# Counts packages instead of showing pip's talk; its errors are shown.
PROGRESS := awk '/^Collecting/ { if (++n % 20 == 0) { print "  " n " packages"; fflush() } }'
# One file is one worker's. In the order they are found the last ones are small, so that no worker
# waits long for the others; sorted by the number of tests, the slowest came last.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
BROWSER = $(shell grep -rl 'mark\.browser' tests --include='test_*.py')
STEP = @printf '\n== %s\n'

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(APP)  ## install, load an example company, grade it, open the site
	@.venv/bin/kefen demo $(ARGS)

serve: $(APP)  ## install and run the site with your own data
	@.venv/bin/kefen serve $(ARGS)

test: $(TESTS)  ## everything CI runs: format, lint, types, floors, unit, cluster and browser tests
	@$(MAKE) -j 2 check-types check-format check-lint check-templates check-floors check-migrations
	@$(MAKE) test-unit chromium
	@$(MAKE) -j 2 test-spark test-browser

bench: $(TESTS)  ## measure Kefen against SQL, Polars, pandas and lifetimes
	@$(PY) -m benchmarks $(ARGS)

fmt: $(TESTS)  ## put code and templates into the house's format
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .
	@find src -path '*/templates/*' -name '*.html' -print0 | xargs -0 -r .venv/bin/djade || true

install: $(APP)  ## install Kefen into .venv
test-install: $(TESTS)  ## install what the tests need too

check-format: $(TESTS)
	$(STEP) 'format (ruff)'
	@$(PY) -m ruff format --check .

check-lint: $(TESTS)
	$(STEP) 'lint (ruff)'
	@$(PY) -m ruff check .

check-templates: $(TESTS)
	$(STEP) 'templates (djade)'
	@find src -path '*/templates/*' -name '*.html' -print0 | xargs -0 -r .venv/bin/djade --check

check-types: $(TESTS)
	$(STEP) 'types (mypy)'
	@$(PY) -m mypy

check-floors: $(TESTS)
	$(STEP) 'floors (import-linter)'
	@.venv/bin/lint-imports --no-logo

check-migrations: $(TESTS)
	$(STEP) 'migrations'
	@DJANGO_SETTINGS_MODULE=kefen_crm.site.settings $(PY) -W ignore::RuntimeWarning \
		-m django makemigrations --check --dry-run

test-unit: $(TESTS)  ## tests without a browser or a cluster
	$(STEP) 'unit tests'
	@$(PY) -m pytest -q $(PARALLEL) -m 'not browser and not spark' $(ARGS)

test-quick: $(TESTS)  ## unit tests of the rooms touched since main (SINCE=main)
	$(STEP) 'unit tests of what was touched'
	@files=$$($(PY) tests/touched.py $(or $(SINCE),main)); \
	if [ -z "$$files" ]; then echo 'Nothing was touched that has tests.'; else \
	$(PY) -m pytest -q $(PARALLEL) -m 'not browser and not spark' $$files $(ARGS); fi

test-spark: $(TESTS)  ## tests on a Spark cluster of this machine, one for all of them
	$(STEP) 'cluster tests'
	@$(PY) -m pytest -q -m spark tests/spark $(ARGS)

test-browser: $(TESTS)  ## tests in a real Chromium
	$(STEP) 'browser tests'
	@$(PY) -m pytest -q -m browser $(BROWSER) $(ARGS)

chromium: $(TESTS)  ## make sure that there is a Chromium for the browser tests
	@$(PY) tests/browser/chromium.py > .venv/.kefen-chromium

messages: $(TESTS)  ## gather the sentences to translate, and name those without a translation
	@$(PY) -m kefen_crm.messages

clean:  ## remove the environment and everything built; your data stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(PY):
	@python=; for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo 'Kefen needs Python 3.11 or newer. Install it, or name it: make demo PYTHON=/path/to/python'; \
		exit 1; fi; \
	echo "Making the environment .venv with $$($$python --version)"; \
	$$python -m venv .venv || { rm -rf .venv; \
		echo 'Python could not make an environment. On Debian and Ubuntu: apt install python3-venv'; \
		exit 1; }; \
	$(PY) -m pip install --quiet --upgrade 'pip>=25.1'

$(APP): $(PARTS) | $(PY)
	@echo 'Installing Kefen and what it needs (some minutes the first time)'
	@$(INSTALL) --progress-bar off -e '.[crm,demo]' | $(PROGRESS)
	@$(COMPILE)
	@touch $@

$(TESTS): $(APP)
	@echo 'Installing what the tests need'
	@$(PY) -m pip install --quiet --upgrade 'pip>=25.1'
	@$(INSTALL) --progress-bar off --group test | $(PROGRESS)
	@$(COMPILE)
	@touch $@
