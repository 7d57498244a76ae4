# hean-tui in one page: `make run` opens the garden, `make test` runs the tests, `make` alone lists the rest.
# Plain enough for the make that macOS ships (3.81). ARGS is handed on: make run ARGS="--scenario crash".

.DEFAULT_GOAL := help
.PHONY: help run test check lint format soak bench bench-peers docs install lock

BIN := .venv/bin
RUN_READY := .venv/run-ready
DEV_READY := .venv/dev-ready
ARGS ?=

# The stamps make a second start immediate. They do not count when the folder was moved or copied, or its Python is gone.
ifneq ($(shell test -x $(BIN)/python && cat .venv/place 2>/dev/null),$(CURDIR))
.PHONY: $(RUN_READY)
endif

# $(call step,NAME,COMMAND) runs one named step of a longer target and says which one failed.
step = @printf '\n== %s\n' '$(1)'; $(2) || { printf '%s\n' 'make $@: the step "$(1)" failed' >&2; exit 1; }

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(RUN_READY) ## open the garden: paper mode on the built-in market
	@$(BIN)/hean-tui $(ARGS)

# On all cores, a file of tests on one of them.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile

test: $(DEV_READY) ## run the test suite
	@$(PYTEST) $(ARGS)

check: $(DEV_READY) ## format, lint, types, import contracts, tests: what CI runs
	$(call step,format,$(BIN)/ruff format --check .)
	$(call step,lint,$(BIN)/ruff check .)
	$(call step,types,$(BIN)/mypy)
	$(call step,imports,$(BIN)/lint-imports)
	$(call step,tests,$(PYTEST))

lint: $(DEV_READY) ## the first four steps of check, without the tests
	$(call step,format,$(BIN)/ruff format --check .)
	$(call step,lint,$(BIN)/ruff check .)
	$(call step,types,$(BIN)/mypy)
	$(call step,imports,$(BIN)/lint-imports)

format: $(DEV_READY) ## lay the code out, and mend what lint can mend by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Every property runs again with 10,000 examples; an hour a test is patience, not a target.
soak: $(DEV_READY) ## the long versions of the property, simulation, chaos and mutation tests
	$(call step,tests,HYPOTHESIS_PROFILE=soak $(PYTEST) -m "soak or hypothesis" --timeout 3600 $(ARGS))
	$(call step,mutants,$(BIN)/python -m tests.mutation)

bench: $(DEV_READY) ## measure the project itself: a table and benchmarks/latest.json
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: $(DEV_READY) ## measure beside other engines, each in an environment of its own
	@$(BIN)/python -m benchmarks.peers $(ARGS)

docs: $(DEV_READY) ## regenerate the parts of the docs that come from the code
	@$(BIN)/python -m docs.build $(ARGS)

install: $(DEV_READY) ## make the environment in .venv with everything a developer needs

# Both lists come from pyproject.toml; the second takes the versions of the first. Add ARGS=--upgrade to move forward.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(ARGS) pyproject.toml
lock: ## write the lock files anew (needs uv)
	@$(LOCK) --group build --output-file requirements/run.lock
	@$(LOCK) --group dev --constraint requirements/run.lock --output-file requirements/dev.lock

$(RUN_READY): requirements/install requirements/run.lock pyproject.toml
	@requirements/install run

$(DEV_READY): $(RUN_READY) requirements/dev.lock
	@requirements/install dev
