# Liteweigh. `make run` starts the app, `make test` runs the tests; both set up what they need.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# The first Python that TensorFlow 2.21 supports; PYTHON=… on the command line chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
SOURCES := app.py setup.py pages dashboard optimizer examples benchmarks tests tools
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	--no-header --no-emit-index-url $(LOCK_FLAGS)

# Where it is set, each of hundreds of processes would compile what it loads.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test test-all soak check format docs pictures pythons audit lock chromium

run: setup
	$(BIN)/streamlit run app.py

setup: $(READY)

# Made once, and again only when the requirements change.
$(READY): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.10, 3.11, 3.12 or 3.13 is needed, and none was found."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(READY)

# How many processes run the tests, each of which needs up to 2 GB with its workers; half of the time
# they wait for a browser or a worker, so that one more than two cores pays.
PROCESSES ?= 3
# What fails among others is tried once more, alone: a machine that others use too may have been too
# busy for it. What passes then stands in the log as flaky, and is to be mended. What measures time
# runs last, alone, from the files that have such tests: to look for them in all takes longer than
# they do. All parts run, whatever the first one found.
CLOCK = $(shell grep -rlF pytest.mark.clock tests --include=*.py)
AGAIN = --last-failed --last-failed-no-failures=none --maxfail=5
define run-tests
	status=0; \
	$(BIN)/python -m pytest -n $(PROCESSES) -m "not clock$(1)" \
	|| { $(BIN)/python -m pytest $(AGAIN) -m "not clock$(1)" \
	     && echo "FLAKY: what failed above passed alone."; } || status=$$?; \
	$(BIN)/python -m pytest -m "clock$(1)" $(CLOCK) || status=$$?; \
	exit $$status
endef

# Under ten minutes on two cores: every kind of thing once.
test: setup chromium
	$(call run-tests, and not slow)

# Under an hour: also every format, family and layer of each kind. Prints tables of them.
test-all: setup chromium
	$(call run-tests,)

# Without a limit: kills, broken files, load and latency of equal files, each so often as its count
# says. It appends to soak.jsonl and goes on from there when it is started again.
soak: setup
	$(BIN)/python -m tests.soak

check: setup
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

# The picture of the rooms in docs/, from the imports in the code.
docs: setup
	$(BIN)/python -m tools.rooms

# A fresh copy set up and tested with every Python that this machine has, and a table of them; hours.
# PYTHONS="--smoke --only 3.12" does less.
pythons:
	$(PYTHON) -m tools.pythons $(PYTHONS)

# The browser of the tests: one that is there, Debian's package, or Playwright's own download.
chromium: setup
	@$(BIN)/python -m tests.browser.chromium 2>/dev/null \
	|| { SUDO=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	     $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq chromium >/dev/null; } \
	|| $(BIN)/playwright install --with-deps chromium

# Every page wide and narrow, light and dark, for eyes: into the folder pictures.
pictures: setup chromium
	$(BIN)/python -m tests.browser.pictures pictures

# Whether anything is known against what is pinned: 1 if so, and 3 (make says Error 3) where no
# vulnerability database was reached.
audit: setup
	$(BIN)/python -m tools.audit requirements.txt requirements-dev.txt

# Pins, with their hashes, what pyproject.toml asks for, for every supported Python: what Liteweigh
# needs to run in requirements.txt, and that with what the checks and tests need in the other. What
# is pinned stays as it is; LOCK_FLAGS="--upgrade" or "--upgrade-package NAME" takes newer ones.
lock: setup
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
