"""The targets of the Makefile for systems without make, such as Windows: `nox --session test`.

uv runs them without an installation: `uvx nox --session test`.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["test"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

PYTEST = ("python", "-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")

# What must work on every system: the server, its command line, the fixtures and the contract. Other
# tests need a Unix shell, signals or /proc.
SMOKE = (
    "tests/contract/declared",
    "tests/contract/derived",
    "tests/howto",
    "tests/mock_server/commands/test_serve.py",
    "tests/mock_server/domain",
    "tests/mock_server/scripting",
    "tests/mock_server/testing/test_live.py",
    "tests/mock_server/web/endpoints",
)


@nox.session
def serve(session: nox.Session) -> None:
    """Start the mock server, with the options behind `--`."""
    session.install("--editable", ".")
    session.run("seedance-mock", "serve", *session.posargs)


@nox.session
def test(session: nox.Session) -> None:
    """Check format, lint, types and layers, then run the fast tests."""
    session.install("--editable", ".[dev]")
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("mypy")
    session.run("lint-imports")
    session.run(*PYTEST, "-m", "not slow", "--no-cov", *session.posargs)


@nox.session(name="test-slow")
def test_slow(session: nox.Session) -> None:
    """Run the slow tests: whole suites, minimum versions, load."""
    session.install("--editable", ".[dev]")
    session.run(*PYTEST, "-m", "slow", "--no-cov", *session.posargs)


@nox.session
def smoke(session: nox.Session) -> None:
    """Run the tests of what works on every system."""
    session.install("--editable", ".[dev]")
    session.run(*PYTEST, "-m", "not slow", "--no-cov", *SMOKE)


@nox.session
def regenerate(session: nox.Session) -> None:
    """Rewrite everything generated: tables in docs, results of the examples."""
    session.install("--editable", ".[dev]")
    tables = ("python", "-m", "seedance_mock.commands.docs_tables", "README.md", "docs")
    session.run(*tables)
    session.run("python", "examples/results.py")
    session.run("python", "examples/mutants/table.py")
    session.run("npm", "ci", "--ignore-scripts", "--prefix", "clients/javascript", external=True)
    session.run("python", "clients/javascript/generate_types.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the server, with the options behind `--`."""
    session.install("--editable", ".[dev]")
    session.run("python", "benchmarks/bench.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Build and check the packages of the tagged commit in dist/; publish nothing."""
    session.install("--editable", ".[dev]")
    session.run("python", "ci/release/release.py", "dist")
