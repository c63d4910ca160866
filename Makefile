# make demo: see it work.  make test: prove it.  Both set up all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 4
STAMP := $(VENV)/.set-up
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Each test starts processes of ours: without compiled files all of them compile anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test setup lint bench soak format lock clean

demo: setup
	$(BIN)/cd3 demo

# Most tests wait for a process or a clock: four at a time suit two cores. The files
# that take longest begin first (tests/conftest.py).
test: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# The product, its tests and its benches, from the lock; quick when nothing changed.
setup: $(STAMP)

$(STAMP): requirements-setup.lock requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CD3 needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-setup.lock
	@# uv installs in seconds what takes pip a minute; where it finds no packages, pip does it.
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock || \
	  $(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $(STAMP)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Writes docs/benchmarks.md; takes half an hour, on a machine that does nothing else.
# One section alone: .venv/bin/python -m bench order
bench: setup
	$(BIN)/python -m bench

# The tests that have a long form, at full length: see docs/operating.md; takes hours.
# One part alone: .venv/bin/python -m tests.soak -k l10
soak: setup
	$(BIN)/python -m tests.soak

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Exact versions and hashes, no addresses. Needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra test --extra bench -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
