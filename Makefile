# Everything happens in .venv, build/flavors and ui/node_modules. A machine needs Python 3.11 or later, git and make, and
# nothing else prepared: Node comes from PyPI where there is no npm that is new enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The libraries of all flavors, apart from .venv: they are 5 GB.
FLAVORS := build/flavors
# What the tests of all flavors have passed with: CI runs them only where it differs.
PASSED := requirements/flavors.passed
FLAVORS_TESTED = git ls-files src/kiseki/data src/kiseki/flavors src/kiseki/models src/kiseki/pyfunc src/kiseki/serving src/kiseki/types \
	src/kiseki/projects/ray.py src/kiseki/projects/remote_run.py \
	tests/flavors tests/scale examples/projects requirements/flavors.txt | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c -64
ARGS ?=

# The tests start hundreds of processes, and each would compile what it imports of kiseki where none may keep it.
unexport PYTHONDONTWRITEBYTECODE

# What mypy reads; a directory counts from its first Python file on.
TYPED := src tests hatch_build.py $(if $(wildcard bench/*.py),bench) $(wildcard examples/*.py examples/scale/*.py) $(wildcard compat/mlflow/src)

COMPILE = $(UV) pip compile --quiet --universal --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins" pyproject.toml
DRIVERS = --extra postgresql --extra mysql
TESTED = --extra demo --extra arrow --extra objects --extra webhooks --extra sklearn --extra environments --extra kubernetes
COMPILE_GROUP = $(subst pyproject.toml,--group,$(COMPILE))
UV = $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(BIN)/uv)

# Tests wait more than they work, for a browser or for a server that starts: three processes keep two cores busy. Each takes the
# next of these when it is done with one, whose output is then shown; what takes longest comes first.
LONG_TESTS := $(addprefix tests/,browser e2e unit wire conformance faults objects interop) ui
OTHER_TESTS := $(filter-out $(LONG_TESTS) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))
# Threads that wait for each other take what the others need.
ALL_TESTS = logs=$$(mktemp -d) && export logs OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 && \
	printf '%s\n' $(LONG_TESTS) "$(OTHER_TESTS)" | xargs -P 3 -I {} sh -c '\
		echo "Testing {}"; log=$$(mktemp -p "$$logs"); \
		if [ "{}" = ui ]; then $(NPM) run test; else $(BIN)/python -m pytest -p no:cacheprovider {}; fi >"$$log" 2>&1 && failed=0 || failed=1; \
		cat "$$log"; exit $$failed'; status=$$?; rm -r "$$logs"; exit $$status

.DEFAULT_GOAL := help
.PHONY: help demo test test-flavors flavors-passed check format ui types screenshots bench bench-ui pins clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ui $(VENV)/.demo ## Start a server, train on real data, serve until Ctrl-C (DB=postgresql or mariadb on a real one)
	@$(if $(DB),$(BIN)/python -m bench.databases $(DB)) $(BIN)/kiseki demo $(if $(DB),--backend-store-uri {}) $(ARGS)

test: ui $(VENV)/.test $(VENV)/.azurite ## Install what the tests need and run all of them (ARGS="-k name" for some of Python's)
	@$(if $(ARGS),$(BIN)/python -m pytest $(ARGS),$(ALL_TESTS))

test-flavors: $(FLAVORS)/.installed ## Install every library that has a flavor, 5 GB, and run the tests of all flavors
	@tested=$$($(FLAVORS_TESTED)); \
	KISEKI_TEST_FLAVORS=all $(FLAVORS)/bin/python -m pytest -p no:cacheprovider $(ARGS) tests/flavors tests/scale tests/interop/test_projects.py \
		tests/e2e/test_export.py tests/unit/capture/test_seeds.py \
		$(if $(ARGS),,&& echo "$$tested" >$(PASSED))

flavors-passed: ## Whether that is what has passed the tests of all flavors
	@test "$$($(FLAVORS_TESTED))" = "$$(cat $(PASSED) 2>/dev/null)"

check: ui $(VENV)/.check ## Lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-cache
	$(NPM) run check

format: $(VENV)/.check $(VENV)/.node ## Repair what ruff and biome can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run format

ui: $(VENV)/.node ## Build the web UI into the package, if its sources have changed
	@$(BIN)/python hatch_build.py build

# The UI cannot be built while its types are those of another API.
types: export KISEKI_BUILD_UI = 0
types: $(VENV)/.node $(VENV)/.test ## Write the UI's types of the REST API anew
	@mkdir -p build
	@$(BIN)/python -c 'import sys; from kiseki.server.openapi import document; sys.stdout.buffer.write(document())' \
		>build/openapi.json
	@$(NPM) run types -- ../build/openapi.json --output src/api/schema.d.ts

screenshots: ui $(VENV)/.test ## Take pictures of every page in both languages and themes, into build/screenshots
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

bench: $(VENV)/.test ## Measure the speed beside MLflow and FastTrackML, into bench/results
	@$(BIN)/python -m bench $(ARGS)

bench-ui: ui $(VENV)/.test ## Measure the web UI in a browser beside MLflow's, into bench/results
	@$(BIN)/python -m bench.ui $(ARGS)

pins: $(BIN)/python ## Write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(UV) --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(COMPILE) $(ARGS) $(DRIVERS) $(TESTED) --group test --group check -o requirements/check.txt
	$(COMPILE) -c requirements/check.txt $(DRIVERS) $(TESTED) --group test -o requirements/test.txt
	$(COMPILE) -c requirements/check.txt $(DRIVERS) --extra demo -o requirements/demo.txt
	$(COMPILE) -c requirements/check.txt -o requirements/base.txt
	$(COMPILE_GROUP) pyproject.toml:node $(ARGS) -o requirements/node.txt
	$(COMPILE) -c requirements/check.txt --group flavors -o requirements/flavors.txt
# A build of PyTorch for processors alone has none of CUDA's packages, and the other one brings its own.
	awk '/^[a-z]/ { cuda = /^(cuda|nvidia|triton)/ } !cuda' requirements/flavors.txt >requirements/flavors.txt.part
	mv requirements/flavors.txt.part requirements/flavors.txt

clean: ## Remove .venv and everything else that these targets have made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf ui/node_modules src/kiseki/server/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs into .venv, with uv where there is one that can.
INSTALL = { uv --version >/dev/null 2>&1 && uv pip install --quiet --python $(BIN)/python $(1); } \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)
NPM := $(BIN)/python hatch_build.py npm

# Where `ui` comes before an installation of kiseki, its build hook finds nothing left to do, and asks for no Node.
$(VENV)/.node: requirements/node.txt hatch_build.py | $(BIN)/python
	@$(BIN)/python hatch_build.py has-node || { echo "Installing $< into $(VENV)"; $(call INSTALL,-r $<); }
	@touch $@

# Azurite, the object store of the tests that is a program of Node.
$(VENV)/.azurite: tests/objects/node/package-lock.json $(VENV)/.node
	@echo "Installing $< into tests/objects/node"
	@$(BIN)/python hatch_build.py npm --folder tests/objects/node ci --silent
	@touch $@

# One stamp for each file of pins. kiseki itself is installed editable, so a change of the sources needs no new one.
$(VENV)/.%: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing requirements/$*.txt and kiseki into $(VENV)"
	@$(call INSTALL,-r $<)
	@$(call INSTALL,--no-deps -e .)
	@touch $@

# With pip, which also looks into the folders of files that a machine keeps; and what is not imported is not compiled.
$(FLAVORS)/.installed: requirements/flavors.txt pyproject.toml | $(FLAVORS)/bin/python
	@echo "Installing $< and kiseki into $(FLAVORS)"
	@$(FLAVORS)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r $<
	@KISEKI_BUILD_UI=0 $(FLAVORS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# Debian's python3 has no ensurepip until python3-venv is installed, and then uv or virtualenv may still do it.
$(BIN)/python $(FLAVORS)/bin/python: ENVIRONMENT = $(@:/bin/python=)
$(BIN)/python $(FLAVORS)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "kiseki needs Python 3.11 or later, and '$(PYTHON)' is not that. Name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(ENVIRONMENT) >/dev/null 2>&1 \
		|| { rm -rf $(ENVIRONMENT); uv venv --quiet --seed --python $(PYTHON) $(ENVIRONMENT) 2>/dev/null; } \
		|| { rm -rf $(ENVIRONMENT) build/virtualenv \
			&& $(PYTHON) -m pip install --quiet --target build/virtualenv virtualenv 2>/dev/null \
			&& PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(ENVIRONMENT); } \
		|| { rm -rf $(ENVIRONMENT) build/virtualenv; \
			echo "'$(PYTHON)' can not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
			exit 1; }
