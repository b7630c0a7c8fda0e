# The commands of the house. `make` alone lists them.

PYTHON ?= python3
ARGS ?=
SEED ?= $(shell date +%s)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

# What the set-up depends on, by content: another branch, interpreter or folder is another key, and the same
# one again costs nothing. A stamp is written last, so an interrupted set-up starts over.
KEY := $(shell { cat pyproject.toml requirements*.lock; pwd; $(PYTHON) -V; } 2>&1 | cksum | cut -d' ' -f1)
RUN_READY := $(VENV)/ready-to-run-$(KEY)
DEV_READY := $(VENV)/ready-to-develop-$(KEY)

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run test lint types validate check soak bench lock charts clean setup

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo '  Options: ARGS="..." is handed on, PYTHON=/path/to/python3 chooses the interpreter (3.11 or later).'

setup: $(DEV_READY) ## only set up, for developing
	@:

run: $(RUN_READY) ## set up on first use, then replay the simulated market on paper
	@$(BIN)/cash-town run $(ARGS)

test: $(DEV_READY) ## set up on first use, then run every test but the soak ones
	@$(BIN)/python -m pytest $(ARGS)

lint: $(DEV_READY) ## ruff: the rules and the format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_READY) ## mypy, strict, on engine/
	@$(BIN)/mypy

validate: $(RUN_READY) ## check the YAML that lies here
	@$(BIN)/cash-town validate $(ARGS)

check: lint types validate test ## all that must pass before a change goes in

soak: $(DEV_READY) ## the full figures, for hours; SEED=n repeats a run
	@echo "soak: SEED=$(SEED)"
	@CASH_TOWN_TEST_SEED=$(SEED) $(BIN)/python -m pytest -m soak \
		--hypothesis-profile=soak --hypothesis-seed=$(SEED) $(ARGS)

bench: $(DEV_READY) ## measure the speeds that are promised
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(DEV_READY) ## pin what pyproject.toml asks for; ARGS=--upgrade takes the newest
	@$(COMPILE) -o requirements.lock pyproject.toml
	@$(COMPILE) -o requirements-build.lock -c requirements.lock \
		--only-build-deps --build-deps-for wheel pyproject.toml
	@$(COMPILE) -o requirements-dev.lock -c requirements.lock -c requirements-build.lock --extra dev pyproject.toml
	@! grep -nE '://|(file|index-url|find-links):? */' requirements*.lock \
		|| { echo "error: a lock file names a place of this machine (above)" >&2; exit 2; }

CHARTS := lightweight-charts
CHARTS_VERSION := 5.2.1
CHARTS_FILE := $(CHARTS).standalone.production.js

charts: ## fetch the charts' library again (npm), as THIRD_PARTY.md pins it
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && cd "$$scratch" \
		&& npm pack --silent $(CHARTS)@$(CHARTS_VERSION) >/dev/null && tar xzf $(CHARTS)-$(CHARTS_VERSION).tgz \
		&& sha=$$(sha256sum package/dist/$(CHARTS_FILE) | cut -d' ' -f1) \
		&& { grep -q "$$sha" $(CURDIR)/THIRD_PARTY.md \
			|| { echo "error: $(CHARTS_FILE) has another sha256: $$sha" >&2; exit 2; }; } \
		&& cp package/dist/$(CHARTS_FILE) $(CURDIR)/engine/research/static/ \
		&& cp package/LICENSE $(CURDIR)/engine/research/static/$(CHARTS).LICENSE

clean: ## remove the environment and all caches; data/ and out/ are yours and stay
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find engine tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(RUN_READY):
	@command -v $(PYTHON) >/dev/null \
		|| { echo "error: no $(PYTHON) here: apt-get install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Python 3.11 or later is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1): make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "error: $(PYTHON) cannot make environments: apt-get install python3-venv" >&2; exit 2; }
	@echo "Setting up $(VENV) with $$($(PYTHON) -V): requirements.lock (a minute, once) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# The run stamp is taken away meanwhile, since pip is itself replaced here: half of this is not fit to run.
$(DEV_READY): $(RUN_READY)
	@echo "Adding what tests and checks need: requirements-dev.lock ..."
	@rm -f $(RUN_READY)
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $(RUN_READY) $@
