"""Fixtures and a marker for tests of a client of the API.

One mock serves all tests of a process, in process and on a port. Each test has an API key of its
own and with it an account of its own, so that no test sees the tasks, the money, the clock or the
counters of another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING

# pytest imports this module in every run of everyone who has seedance-mock installed. Therefore
# it imports only pytest and the standard library here, and all else inside the fixtures that use
# it. A test holds the list of modules that are loaded.
import pytest

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from seedance_mock.testing import (
        AccountChecks,
        AccountClock,
        AccountJournal,
        Control,
        Httpx2MockTransport,
        InProcess,
        LiveServer,
        MockAccount,
        MockRouter,
        MockTransport,
    )

JOURNAL_REPORT = pytest.StashKey[Callable[[], str]]()
"""The key of a function that returns the journal for the report of a failed test."""

HTTPX_MOCK_ADVICE = (
    "The fixture httpx_mock of pytest_httpx takes every request before seedance_router gets it. "
    "Use one of them only, or let the requests to the mock pass: @pytest.mark.httpx_mock("
    "should_mock=lambda request: request.url.host != 'api.tokenlab.sh')"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `seedance`."""
    config.addinivalue_line(
        "markers",
        "seedance(*words): the script of this test's account, such as 'create-503x2'; "
        "`seedance-mock words` lists the words.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose marker has an unknown word, even if no fixture of the test reads it."""
    if item.get_closest_marker("seedance") is not None:
        _marker_words(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Warn of a test that passes although the words of its marker had no effect."""
    yield
    # The marker of a module or a class may be meant for some of its tests only.
    has_marker = any(marker.name == "seedance" for marker in item.own_markers)
    if has_marker and JOURNAL_REPORT not in item.stash:
        item.warn(
            pytest.PytestWarning(
                "@pytest.mark.seedance has no effect, as the test uses no account of the mock: "
                "send requests with the fixture seedance_key, or remove the marker"
            )
        )


def _marker_words(item: pytest.Item) -> str:
    """Return the words of the markers of a test; those of its module and class come first."""
    from seedance_mock.testing.fixtures import words_error

    # pytest yields the closest marker first.
    markers = list(item.iter_markers("seedance"))[::-1]
    arguments = [argument for marker in markers for argument in marker.args]
    is_text = all(isinstance(argument, str) for argument in arguments)
    if not is_text or any(marker.kwargs for marker in markers):
        pytest.fail("@pytest.mark.seedance takes strings only, one for each word", pytrace=False)
    words = " ".join(arguments)
    if message := words_error(words):
        pytest.fail(f"@pytest.mark.seedance: {message}", pytrace=False)
    return words


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test the requests that the mock received during the test."""
    report = yield
    journal_report = item.stash.get(JOURNAL_REPORT, None)
    if report.failed and journal_report is not None:
        report.sections.append(("seedance journal", journal_report()))
    return report


@pytest.fixture(scope="session")
def seedance_in_process() -> Iterator[InProcess]:
    """The mock of this process. The other fixtures use it, so overriding it changes them all."""
    from seedance_mock.testing import InProcess

    with InProcess() as mock:
        yield mock


@pytest.fixture(scope="session")
def seedance_app(seedance_in_process: InProcess) -> Starlette:
    """The ASGI application of the mock."""
    return seedance_in_process.app


@pytest.fixture(scope="session")
def seedance_control(seedance_in_process: InProcess) -> Control:
    """The control API of the mock: accounts, balances, clocks, tasks."""
    return seedance_in_process.control


@pytest.fixture(scope="session")
def seedance_server(seedance_in_process: InProcess) -> Iterator[LiveServer]:
    """The mock on a real port, for clients of every kind. Each process has one."""
    from seedance_mock.testing import live_server

    with live_server(mock=seedance_in_process) as server:
        yield server


@pytest.fixture(scope="session")
def seedance_url(seedance_server: LiveServer) -> str:
    """The base URL of the mock on a real port."""
    return seedance_server.url


@pytest.fixture
def seedance_account(request: pytest.FixtureRequest, seedance_in_process: InProcess) -> MockAccount:
    """The account of this test. Its script is the words of the test's marker.

    By default each poll advances the tasks, however fast the client polls. If the test uses
    `seedance_clock`, that clock advances them instead.
    """
    from seedance_mock.testing.fixtures import MockAccount, journal_report, new_key

    clock = "clock-frozen" if "seedance_clock" in request.fixturenames else "clock-polls"
    key = new_key(f"{clock} {_marker_words(request.node)}", request.node.name)
    journal = seedance_in_process.app.state.journal
    account = MockAccount(key, seedance_in_process.control.open(key).name)
    request.node.stash[JOURNAL_REPORT] = partial(
        journal_report, journal, account.name, journal.count
    )
    return account


@pytest.fixture
def seedance_key(seedance_account: MockAccount) -> str:
    """The API key of this test; no other test has the same one."""
    return seedance_account.key


@pytest.fixture
def seedance_clock(
    request: pytest.FixtureRequest, seedance_account: MockAccount, seedance_control: Control
) -> AccountClock:
    """The clock of this test's account. It stands still until the test advances it."""
    from seedance_mock.testing import AccountClock

    # With `getfixturevalue` a test gets this fixture after its account was opened without a clock.
    is_late = seedance_control.account(seedance_account.name).mode == "polls"
    if is_late and "clock-polls" not in _marker_words(request.node):
        seedance_control.set_mode(seedance_account.name, "frozen")
    return AccountClock(seedance_control, seedance_account.name)


@pytest.fixture
def seedance_journal(seedance_account: MockAccount, seedance_control: Control) -> AccountJournal:
    """The requests that the mock received with this test's key, and assertions on them."""
    from seedance_mock.testing import AccountJournal

    return AccountJournal(seedance_control, seedance_account.name)


@pytest.fixture
def seedance_checks(seedance_account: MockAccount, seedance_control: Control) -> AccountChecks:
    """The verdicts of the checks of `check-client` on the requests with this test's key."""
    from seedance_mock.testing import AccountChecks

    return AccountChecks(seedance_control, seedance_account.name)


@pytest.fixture
def seedance_env(
    monkeypatch: pytest.MonkeyPatch, seedance_url: str, seedance_key: str
) -> dict[str, str]:
    """TOKENLAB_BASE_URL and TOKENLAB_API_KEY; they are set in the environment for this test."""
    variables = {"TOKENLAB_BASE_URL": seedance_url, "TOKENLAB_API_KEY": seedance_key}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def seedance_router(
    request: pytest.FixtureRequest, seedance_in_process: InProcess
) -> Iterator[MockRouter]:
    """An active respx router: requests of httpx to the real host reach the mock, others fail."""
    from seedance_mock.testing import MockRouter

    # pytest_httpx replaces a method of httpx that calls what respx replaces.
    markers = request.node.iter_markers("httpx_mock")
    if "httpx_mock" in request.fixturenames and not any("should_mock" in m.kwargs for m in markers):
        pytest.fail(HTTPX_MOCK_ADVICE, pytrace=False)
    with MockRouter(seedance_in_process) as router:
        yield router


@pytest.fixture(scope="session")
def seedance_httpx_transport(seedance_in_process: InProcess) -> MockTransport:
    """A transport for httpx: requests to the real host reach the mock, others fail."""
    from seedance_mock.testing import MockTransport

    return MockTransport(seedance_in_process)


@pytest.fixture(scope="session")
def seedance_httpx2_transport(seedance_in_process: InProcess) -> Httpx2MockTransport:
    """A transport for httpx2: requests to the real host reach the mock, others fail."""
    from seedance_mock.testing import Httpx2MockTransport

    return Httpx2MockTransport(seedance_in_process)
