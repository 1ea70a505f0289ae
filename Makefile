# make demo: set up and run everything embedded. make test: set up and run all tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test services lint types layers sql check clean

help: ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# Every command of the tests is a process of its own: what Python compiled is kept for the next.
unexport PYTHONDONTWRITEBYTECODE

setup: $(VENV)/.installed ## a virtual environment with everything in it

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed; name one with make PYTHON=..."; exit 1; }
	@echo "Installing the packages into $(VENV): once, some minutes and 2.5 GB."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## six simulated cities, the whole job, the app on 127.0.0.1:8600
	$(BIN)/moow demo

services: ## what the tests need beside Python (Debian)
	@sh tests/install_services.sh

test: setup services ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: setup ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

layers: setup ## imports go downwards only
	$(BIN)/lint-imports

sql: setup ## sqlfluff
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests --config dbt_project/.sqlfluff --processes 0

check: lint types layers sql ## all that needs no database

clean: ## remove the virtual environment and the demo
	rm -rf $(VENV) .moow
