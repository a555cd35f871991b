# Filrouge: every target that has a "## text" is listed by `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
BIN := .venv/bin
PACKAGES := data features training serving monitoring
PORT ?= 8000
SOURCE ?= example
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet

export PYTHONWARNINGS ?= ignore
export DO_NOT_TRACK := 1
export MLFLOW_DISABLE_TELEMETRY := true

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup ## Run the whole thread and serve it (PORT=, SOURCE=oulad DATA=, AS_OF=, FILROUGE_HOME=)
	@$(BIN)/filrouge run --source "$(SOURCE)" --port "$(PORT)" $(if $(DATA),--data "$(DATA)") $(if $(AS_OF),--as-of "$(AS_OF)")

setup: .venv/.runtime ## Create .venv with the pinned packages, and stop there

test: .venv/.dev ## Run every test this machine can run; say what is skipped and why
	$(BIN)/pytest -n 2 --dist worksteal -rs $(TESTS)

bench: .venv/.dev ## Measure features, scores, pages and imports beside their peers (ONLY=xapi ROWS="1000000 10000000")
	@$(if $(ONLY)$(ROWS),true,$(BIN)/python -m tests.bench.bench_features && $(BIN)/python -m tests.bench.bench_scoring \
	&& $(BIN)/python -m tests.bench.bench_serving)
	@$(BIN)/python -m tests.bench.bench_sources $(ROWS) $(foreach name,$(ONLY),--only $(name))

bench-full: .venv/.dev ## Measure every source up to ten million rows, keep the lines, write docs/speed.md (hours)
	@set -eo pipefail; { $(BIN)/python -m tests.bench.bench_sources 1000000 10000000; \
	for kind in postgresql mariadb; do for rows in 1000000 10000000; do \
	$(BIN)/python -m tests.bench.bench_databases $$kind $$rows; done; done; \
	$(BIN)/python -m tests.bench.bench_services 100000 1000000; \
	$(BIN)/python -m tests.bench.bench_features --full; $(BIN)/python -m tests.bench.bench_scoring; \
	$(BIN)/python -m tests.bench.bench_serving; } | tee -a docs/speed.jsonl
	@$(BIN)/python -m tests.bench.page docs/speed.jsonl docs/speed.md

peers: .venv/.ralph ## Install the learning record store that the xAPI tests talk to, in an environment of its own

spark: .venv/.spark ## Install Spark, for records past one machine, in an environment of its own (needs Java 17)

check: format lint types imports test docs ## What CI runs: format, lint, types, import contracts, tests, docs

format: .venv/.dev ## Check the formatting (make fix repairs it)
	$(BIN)/ruff format --check .

lint: .venv/.dev ## Check the style rules
	$(BIN)/ruff check .

fix: .venv/.dev ## Repair formatting and style where a tool can
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

types: .venv/.dev ## Check the types, strictly
	$(BIN)/mypy

imports: .venv/.dev ## Check that imports point one way
	$(BIN)/lint-imports

docs: .venv/.dev ## Check that the generated pages under docs/ are up to date
	$(BIN)/python -m docs.build --check

pages: .venv/.dev ## Write the generated pages under docs/
	$(BIN)/python -m docs.build

pictures: .venv/.dev ## Take the README's pictures again (needs Chromium)
	$(BIN)/python -m docs.pictures

example-pack: .venv/.dev ## Make the pack of the example site again, in docs/examples/pack
	$(BIN)/python -m docs.example_pack

lock: .venv/.dev ## Pin the packages again, with hashes
	$(LOCK) -o requirements.txt && $(LOCK) --extra dev -o requirements-dev.txt
	$(BIN)/uv pip compile requirements-ralph.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o requirements-ralph.txt
	$(BIN)/uv pip compile requirements-spark.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o requirements-spark.txt
	$(BIN)/uv pip compile requirements-bootstrap.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o requirements-bootstrap.txt

clean: ## Remove the environment and the caches; leave the records
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.venv/.bootstrap: requirements-bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Filrouge needs Python 3.11 or later; install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python could not create .venv; on Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }
	@echo "Preparing .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.runtime: requirements.txt pyproject.toml .venv/.bootstrap
	@.ci/install requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@.ci/install requirements-dev.txt
	@touch $@

.venv/.ralph: requirements-ralph.txt .venv/.dev
	@$(BIN)/uv venv --quiet --clear .venv/ralph
	@.ci/install requirements-ralph.txt .venv/ralph
	@touch $@

.venv/.spark: requirements-spark.txt .venv/.dev
	@$(BIN)/uv venv --quiet --clear .venv/spark
	@.ci/install requirements-spark.txt .venv/spark
	@touch $@

.PHONY: help run setup test bench bench-full peers spark check format lint fix types imports docs pages pictures example-pack lock clean
