# Sets itself up in .venv: needs make and any Python from 3.11 on, found among the usual names.
# Relative paths only, so that the checkout may live in a folder with spaces.

VENV := .venv
PYTHON := $(VENV)/bin/python
# How many tests run at once.
JOBS := auto
CANDIDATES := python3 python python3.14 python3.13 python3.12 python3.11

.PHONY: help demo test lint types imports docs build check bench clean

help:
	@echo "Each target sets itself up in $(VENV)."
	@echo
	@echo "  make demo     the life of a session, step by step, against the emulator"
	@echo "  make test     all tests; make test ARGS='tests/pure -q' for some, JOBS=0 for one at a time"
	@echo "  make check    all checks: lint, types, imports, test, docs, build"
	@echo "  make lint     format and rules"
	@echo "  make types    two type checkers"
	@echo "  make imports  who may import whom"
	@echo "  make docs     the documentation, into build/site"
	@echo "  make build    wheel and source distribution, into dist"
	@echo "  make bench    every benchmark, with its bars; make bench ARGS='--quick' for a look"
	@echo "  make clean    removes all that these made"

demo: $(VENV)/installed
	@$(PYTHON) -m connectycube demo $(if $(filter 1 true yes,$(LIVE)),--live)

test: $(VENV)/installed-test
	@$(PYTHON) -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/installed-dev
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types: $(VENV)/installed-dev
	$(PYTHON) -m mypy
	$(PYTHON) -m basedpyright
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PYTHON) -m basedpyright --verifytypes connectycube --ignoreexternal

imports: $(VENV)/installed-dev
	$(PYTHON) -c "from importlinter.cli import lint_imports_command as run; run()"

docs: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict

build: $(VENV)/installed-dev
	rm -rf dist
	$(PYTHON) -m build
	$(PYTHON) -m zipfile --list dist/*.whl

# Measures ours beside other clients too, as far as they are installed:
# `.venv/bin/python -m pip install --group peers`. Prints every table, then fails if a bar is missed.
BENCHMARKS := refresh overhead decode imports sessions transfer chat soak
bench: $(VENV)/installed-test
	@missed=; for name in $(BENCHMARKS); do \
	  $(PYTHON) -m benchmarks.$$name $(or $(ARGS),--check) || missed="$$missed $$name"; \
	done; test -z "$$missed" || { echo "Bars missed in:$$missed"; exit 1; }

check: lint types imports test docs build

clean:
	rm -rf $(VENV) dist build

$(VENV)/installed: pyproject.toml | $(VENV)/pip
	@echo "Installing the package into $(VENV) ..."
	@$(PYTHON) -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml | $(VENV)/pip
	@echo "Installing the package and its test tools into $(VENV) ..."
	@$(PYTHON) -m pip install --quiet --editable . --group test
	@touch $@ $(VENV)/installed

$(VENV)/installed-dev: pyproject.toml | $(VENV)/pip
	@echo "Installing the package and all its tools into $(VENV) ..."
	@$(PYTHON) -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/installed $(VENV)/installed-test

# A pip that knows dependency groups.
$(VENV)/pip: | $(VENV)/bin/python
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip >/dev/null
	@$(PYTHON) -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/bin/python:
	@found=; bare=; for name in $(CANDIDATES); do \
	  if command -v $$name >/dev/null 2>&1 && \
	     $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    if $$name -c 'import venv, ensurepip' >/dev/null 2>&1; then found=$$name; break; fi; \
	    bare=$$name; \
	  fi; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare has no venv module: install it (Debian, Ubuntu: apt install python3-venv)." >&2; \
	  exit 1; \
	fi; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer found (tried: $(CANDIDATES))." >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version) ..."; \
	$$found -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
