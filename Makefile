# Every target works from a fresh clone: the virtual environment is made on first use
# and brought up to date whenever pyproject.toml is newer than it.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

BIN   := $(VENV)/bin
STAMP := $(VENV)/.up-to-date
CLOUD := $(VENV)-gcp
NODE  := tests/node/node_modules/.up-to-date
TORCH := .peers/torch
AIRFLOW := .peers/airflow
COUNTS := .peers/instructions
MLFLOW := .peers/mlflow
# Apart from `make test`: each runs something that is not in its environment.
SUITES := engines faults dataflow browser node postgres pytorch mlflow airflow

.DEFAULT_GOAL := help
.PHONY: help demo test test-engines test-dataflow test-browser test-node test-postgres test-torch test-mlflow test-airflow fuzz bench count-instructions lint docs-check site clean

help: ## list the targets
	@echo "usage: make TARGET [PYTHON=python3.12] [VENV=.venv] [ARGS=...]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## run the flights example end to end; results go to demo/
	@$(BIN)/python -m examples.flights $(ARGS)

test: $(STAMP) ## unit tests, property tests and doctests, on all cores
	@$(BIN)/python -m pytest -n auto $(addprefix --ignore=tests/,$(SUITES)) $(ARGS)

test-engines: $(STAMP) ## pipelines on other engines, and killed half way, for real (needs Java, Maven and Go)
	@PYTHONPATH=tests/support $(BIN)/python -m prism_program
	@PYTHONPATH=tests/support $(BIN)/python -m jvm.class_paths
	@$(BIN)/python -m pytest tests/engines tests/faults $(ARGS)

test-dataflow: $(CLOUD)/.up-to-date ## submissions to Dataflow, prepared and not sent
	@$(CLOUD)/bin/python -m pytest tests/dataflow $(ARGS)

test-browser: $(STAMP) ## reports in a real browser; needs chromium and chromedriver
	@$(BIN)/python -m pytest tests/browser $(ARGS)

test-node: $(STAMP) $(NODE) ## exported ONNX models in JavaScript (needs node and npm)
	@$(BIN)/python -m pytest tests/node $(ARGS)

test-postgres: $(STAMP) ## the lineage store in a PostgreSQL server that it starts (needs PostgreSQL)
	@$(BIN)/python -m pytest tests/postgres $(ARGS)

test-torch: $(TORCH)/.up-to-date ## tensors of real PyTorch, which it installs apart (some GB)
	@$(TORCH)/bin/python -m pytest tests/pytorch $(ARGS)

test-mlflow: $(MLFLOW)/.up-to-date ## runs told to real MLflow, which it installs apart
	@$(MLFLOW)/bin/python -m pytest tests/mlflow $(ARGS)

test-airflow: $(STAMP) $(AIRFLOW)/.up-to-date ## the example DAG in real Airflow, which it installs apart
	@$(BIN)/python -m pytest tests/airflow $(ARGS)

fuzz: $(STAMP) ## fuzz the readers of what others wrote (Linux; ARGS="artifact --seconds 600")
	@PYTHONPATH=.:tests/support $(BIN)/python tests/fuzz $(ARGS)

bench: $(STAMP) ## all works against their peers, each in its own environment (ARGS=--quick for a short run)
	@$(BIN)/python -m benchmarks $(ARGS)

count-instructions: $(COUNTS)/.up-to-date ## instructions of each kernel, held to those kept (needs valgrind; ARGS=--renew)
	@$(COUNTS)/bin/python -m benchmarks.instructions $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict and the rules on who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs-check: $(STAMP) ## run the Python blocks of README.md and docs/, follow their links
	@$(BIN)/python -m pytest docs $(ARGS)

site: $(STAMP) ## the documentation as a site, in site/; fails on a link that leads nowhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "open site/index.html, or: python3 -m http.server --directory site"

clean: ## remove caches, build output, demo/ and benchmark data (the environment stays)
	@rm -rf demo build dist site *.egg-info benchmarks/data
	@rm -rf tests/node/node_modules
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find taurus_beam tests examples benchmarks docs -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# Its scripts would only fetch what graphics cards need.
$(NODE): tests/node/package.json
	@echo "installing onnxruntime-node into tests/node …"
	@npm install --prefix tests/node --no-package-lock --no-audit --no-fund --ignore-scripts --silent
	@touch "$@"

# Not among the development tools because of its size.
$(TORCH)/.up-to-date: pyproject.toml setup.py
	@echo "installing PyTorch into $(TORCH) …"
	@$(PYTHON) -m venv "$(TORCH)"
	@$(TORCH)/bin/python -m pip install --quiet --disable-pip-version-check --editable . torch pytest pytest-timeout
	@touch "$@"

# Its requirements are many. Alembic makes the tables of its SQLite store.
$(MLFLOW)/.up-to-date: pyproject.toml setup.py
	@echo "installing taurus-beam[mlflow] into $(MLFLOW) …"
	@$(PYTHON) -m venv "$(MLFLOW)"
	@$(MLFLOW)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[mlflow]' alembic pytest pytest-timeout
	@touch "$@"

# Airflow has its own environment where it is deployed, too: tasks call taurus-beam by its path.
$(AIRFLOW)/.up-to-date: Makefile
	@echo "installing Airflow into $(AIRFLOW) …"
	@$(PYTHON) -m venv "$(AIRFLOW)"
	@$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check 'apache-airflow>=3.3,<4'
	@touch "$@"

# Counts hold for these versions alone, whatever newer ones the other environments get.
$(COUNTS)/.up-to-date: benchmarks/instructions/requirements.txt
	@echo "installing the versions that the counts are of into $(COUNTS) …"
	@$(PYTHON) -m venv "$(COUNTS)"
	@$(COUNTS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch "$@"

# Beam's part for Google's cloud is large, and nothing else needs it.
$(CLOUD)/.up-to-date: pyproject.toml setup.py
	@echo "installing taurus-beam[dataflow] into $(CLOUD) (a minute or two) …"
	@$(PYTHON) -m venv "$(CLOUD)"
	@$(CLOUD)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[dataflow]' pytest pytest-timeout
	@touch "$@"

$(STAMP): pyproject.toml setup.py
	@echo "creating $(VENV) …"
	@$(PYTHON) -m venv "$(VENV)"
	@echo "installing taurus-beam and its development tools into $(VENV) (a minute or two) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch "$@"
	@echo "$(VENV) is ready"
