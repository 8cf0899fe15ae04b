"""Fixtures and a marker for tests of a client of the API.

Every pytest run of everyone who has this installed imports this module, so at the top it takes
nothing but pytest and the standard library; the rest comes inside the fixtures that need it.

One mock serves all tests of a process, in process and on a port; every test has an account of
its own by its key, so that none meets another's tasks, money, time or counters.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from seedance_mock.testing import httpx2_transport, httpx_transport
    from seedance_mock.testing.control_client import Control
    from seedance_mock.testing.fixtures import AccountClock, AccountJournal, MockAccount
    from seedance_mock.testing.in_process import InProcess
    from seedance_mock.testing.live import LiveServer
    from seedance_mock.testing.respx_router import MockRouter

REPORT = pytest.StashKey[Callable[[], str]]()
"""Under which a test keeps what its report would show of the journal."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "seedance(*words): lead the client of this test into a situation, such as "
        "'create-503x2'; `seedance-mock words` lists them.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a word that means nothing, also where no fixture would read it."""
    if item.get_closest_marker("seedance") is not None:
        _words(item)


def _words(item: pytest.Item) -> str:
    """Return the words of a test's markers, those of its module and class first."""
    from seedance_mock.testing.fixtures import words_error

    marks = list(item.iter_markers("seedance"))[::-1]
    said = [word for mark in marks for word in mark.args]
    if any(mark.kwargs for mark in marks) or not all(isinstance(word, str) for word in said):
        pytest.fail("@pytest.mark.seedance takes words: strings, nothing else", pytrace=False)
    words = " ".join(said)
    if told := words_error(words):
        pytest.fail(f"@pytest.mark.seedance: {told}", pytrace=False)
    return words


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach to the report of a failed test what reached the mock during it."""
    report = yield
    told = item.stash.get(REPORT, None)
    if report.failed and told is not None:
        report.sections.append(("seedance journal", told()))
    return report


@pytest.fixture(scope="session")
def seedance_in_process() -> Iterator[InProcess]:
    """The mock of this process: what the other fixtures show sides of."""
    from seedance_mock.testing.in_process import InProcess

    with InProcess() as mock:
        yield mock


@pytest.fixture(scope="session")
def seedance_app(seedance_in_process: InProcess) -> Starlette:
    """The ASGI application of the mock."""
    return seedance_in_process.app


@pytest.fixture(scope="session")
def seedance_control(seedance_in_process: InProcess) -> Control:
    """The control API of the mock: accounts, money, time, tasks."""
    return seedance_in_process.control


@pytest.fixture(scope="session")
def seedance_server(seedance_in_process: InProcess) -> Iterator[LiveServer]:
    """The mock on a real port, for clients of every kind; one a process."""
    from seedance_mock.testing.live import live_server

    with live_server(mock=seedance_in_process) as server:
        yield server


@pytest.fixture(scope="session")
def seedance_url(seedance_server: LiveServer) -> str:
    """The base URL of the mock on a real port."""
    return seedance_server.url


@pytest.fixture
def seedance_account(request: pytest.FixtureRequest, seedance_in_process: InProcess) -> MockAccount:
    """An account of this test alone, led by the words of its marker.

    Unless they say otherwise, tasks go on with each poll, however fast the client polls; where
    the test has `seedance_clock`, they go on with that.
    """
    from seedance_mock.testing.fixtures import MockAccount, journal_report, new_key

    clock = "clock-frozen" if "seedance_clock" in request.fixturenames else "clock-polls"
    key = new_key(f"{clock} {_words(request.node)}", request.node.name)
    journal = seedance_in_process.app.state.journal
    account = MockAccount(key, seedance_in_process.control.open(key).name)
    request.node.stash[REPORT] = partial(journal_report, journal, account.name, journal.count)
    return account


@pytest.fixture
def seedance_key(seedance_account: MockAccount) -> str:
    """The API key of this test alone."""
    return seedance_account.key


@pytest.fixture
def seedance_clock(seedance_account: MockAccount, seedance_control: Control) -> AccountClock:
    """The clock of this test's account. It stands still until advanced."""
    from seedance_mock.testing.fixtures import AccountClock

    return AccountClock(seedance_control, seedance_account.name)


@pytest.fixture
def seedance_journal(seedance_account: MockAccount, seedance_control: Control) -> AccountJournal:
    """What reached the mock with this test's key, and assertions on it."""
    from seedance_mock.testing.fixtures import AccountJournal

    return AccountJournal(seedance_control, seedance_account.name)


@pytest.fixture
def seedance_env(
    monkeypatch: pytest.MonkeyPatch, seedance_url: str, seedance_key: str
) -> dict[str, str]:
    """The environment of a client: TOKENLAB_BASE_URL and TOKENLAB_API_KEY, set for this test."""
    variables = {"TOKENLAB_BASE_URL": seedance_url, "TOKENLAB_API_KEY": seedance_key}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def seedance_router(seedance_in_process: InProcess) -> Iterator[MockRouter]:
    """A respx router that is on: httpx reaches the mock under the real host, and nothing else."""
    from seedance_mock.testing.respx_router import MockRouter

    with MockRouter(seedance_in_process) as router:
        yield router


@pytest.fixture(scope="session")
def seedance_httpx_transport(seedance_in_process: InProcess) -> httpx_transport.MockTransport:
    """A transport for clients of httpx: they reach the mock under the real host."""
    from seedance_mock.testing.httpx_transport import MockTransport

    return MockTransport(seedance_in_process)


@pytest.fixture(scope="session")
def seedance_httpx2_transport(seedance_in_process: InProcess) -> httpx2_transport.MockTransport:
    """A transport for clients of httpx2: they reach the mock under the real host."""
    from seedance_mock.testing.httpx2_transport import MockTransport

    return MockTransport(seedance_in_process)
