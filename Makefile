# Everything happens in .venv. A machine needs Python 3.11 or later, git and make, and nothing else prepared.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# What mypy reads; a directory counts from its first Python file on.
TYPED := src tests $(if $(wildcard bench/*.py),bench) $(wildcard examples/*.py) $(wildcard compat/mlflow/src)

COMPILE = $(UV) pip compile --quiet --universal --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins" pyproject.toml
UV = $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(BIN)/uv)

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench pins clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.demo ## Install into .venv, start a server, train on real data, serve until Ctrl-C
	@$(BIN)/kiseki demo $(ARGS)

test: $(VENV)/.test ## Install what the tests need and run all of them (ARGS="-k name" for some)
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.check ## Lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.check ## Repair what ruff can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test ## Measure the speed beside MLflow and FastTrackML, into bench/results
	@$(BIN)/python -m bench $(ARGS)

pins: $(BIN)/python ## Write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(UV) --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(COMPILE) $(ARGS) --extra demo --extra arrow --group test --group check -o requirements/check.txt
	$(COMPILE) -c requirements/check.txt --extra demo --extra arrow --group test -o requirements/test.txt
	$(COMPILE) -c requirements/check.txt --extra demo -o requirements/demo.txt
	$(COMPILE) -c requirements/check.txt -o requirements/base.txt

clean: ## Remove .venv and everything else that these targets have made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each file of pins. kiseki itself is installed editable, so a change of the sources needs no new one.
$(VENV)/.%: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing requirements/$*.txt and kiseki into $(VENV)"
	@if uv --version >/dev/null 2>&1 \
		&& uv pip install --quiet --python $(BIN)/python -r $< \
		&& uv pip install --quiet --python $(BIN)/python --no-deps -e .; \
	then :; else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $< \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@

# Debian's python3 has no ensurepip until python3-venv is installed, and then uv or virtualenv may still do it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "kiseki needs Python 3.11 or later, and '$(PYTHON)' is not that. Name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
		|| { rm -rf $(VENV); uv venv --quiet --seed --python $(PYTHON) $(VENV) 2>/dev/null; } \
		|| { rm -rf $(VENV) build/virtualenv \
			&& $(PYTHON) -m pip install --quiet --target build/virtualenv virtualenv 2>/dev/null \
			&& PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(VENV); } \
		|| { rm -rf $(VENV) build/virtualenv; \
			echo "'$(PYTHON)' can not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
			exit 1; }
