# PYTHON is the interpreter that the virtual environment is made of, 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
export PYTHONUTF8 := 1

.DELETE_ON_ERROR:
.PHONY: demo test lint types docs bench long coverage wheel clean

demo: $(VENV)/.core
	@$(BIN)/csflow demo

test: lint types
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --cov --cov-branch --cov-report=term --cov-fail-under=95

docs: $(VENV)/.docs
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.durable
	$(BIN)/python -m tests.bench.timers

long: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --hypothesis-profile=long
	$(BIN)/python -m tests.host.crash
	$(BIN)/python -m tests.bench.peers_host
	@kept=$$(mktemp -d); for pack in common_zh retail_zh b2b_web_zh retail_en; do \
		$(BIN)/csflow mutate $$pack --state $$kept/$$pack.jsonl --fail-unexplained > $$kept/$$pack.txt || exit 1; \
		echo "$$pack: $$(tail -n 1 $$kept/$$pack.txt) ($$kept/$$pack.txt)"; \
	done

wheel: $(VENV)/.dev
	$(BIN)/python -m build --wheel --outdir dist

clean:
	rm -rf $(VENV) dist build site htmlcov .coverage .coverage.*

# A stamp in the environment says what is installed there; it is renewed when the requirements change.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "csflow needs Python 3.11 or newer; set PYTHON, as in: make PYTHON=python3.12 demo" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing csflow into $(VENV) …"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing csflow and its tools into $(VENV) …"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.core

$(VENV)/.docs: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing the documentation's tools into $(VENV) …"
	@$(PIP) install -c constraints.txt -e '.[docs]'
	@touch $@ $(VENV)/.core
