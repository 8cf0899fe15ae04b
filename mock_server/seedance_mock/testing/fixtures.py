"""What the fixtures give to a test: an API key, and the clock and the journal of its account."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from seedance_mock.scripting.words import WordError, parse
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.testing import assertions
from seedance_mock.testing.check_verdicts import CheckVerdict
from seedance_mock.testing.control_client import Control

MAX_NAME_LENGTH = 60
"""How many characters of the name of a test a key contains; the last ones are kept."""

MAX_REPORT_LINES = 50
"""How many journal entries a report shows; the last ones."""

_serial_numbers = count(1)


def new_key(words: str = "", name: str = "test") -> str:
    """Return a new API key, and with it a new account: no other call returns the same key.

    Args:
        words: the script of the account, such as "create-503x2 clock-frozen".
        name: what the key is for, such as the name of a test. It may contain any characters.

    Raises WordError for an unknown word.
    """
    script = ".".join(map(str, parse(words)))
    # A key travels in an HTTP header, which allows no spaces and no non-ASCII letters.
    suffix = re.sub(r"[^A-Za-z0-9]+", "-", name)[-MAX_NAME_LENGTH:].strip("-")
    return f"sk-mock-{script}--{suffix}-{next(_serial_numbers)}"


def words_error(words: str) -> str | None:
    """Return an error message for the first unknown word; None if all words are known."""
    try:
        parse(words)
    except WordError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class MockAccount:
    """The account of one test: the key that its client sends, and the name of the account."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountClock:
    """The clock of one account. The tasks of the account advance with it."""

    control: Control
    account: str

    def __call__(self) -> float:
        """Return the time of the account, in seconds since the Unix epoch."""
        return self.control.account(self.account).now

    def advance(self, seconds: float) -> float:
        """Advance the clock, and return its new time. Every later request sees the new time."""
        return self.control.advance(self.account, seconds)


@dataclass(frozen=True, slots=True)
class AccountJournal:
    """The requests that the mock received with the key of one account, and assertions on them."""

    control: Control
    account: str

    def entries(self, *, place: str | None = None, status: int | None = None) -> list[JournalEntry]:
        """Return the journal entries with these properties, oldest first."""
        return self.control.journal(account=self.account, place=place, status=status)

    def create_requests(self) -> list[JournalEntry]:
        """Return the create requests, with and without a response."""
        return assertions.create_requests(self.entries())

    def create_bodies(self) -> list[Any]:
        """Return the bodies of the create requests, with prompts and media.

        Raises LookupError if the mock does not keep them (`Settings.journal_bodies`).
        """
        return [
            self.control.request(entry.request_id).json_body() for entry in self.create_requests()
        ]

    def polls_by_task(self) -> dict[str, list[JournalEntry]]:
        """Return the polls by task id, in the order in which they were received."""
        return assertions.polls_by_task(self.entries())

    def assert_no_create(self) -> None:
        """Assert that no create request was received."""
        __tracebackhide__ = True
        assertions.assert_no_create(self.entries())

    def assert_creates(self, count: int = 1) -> None:
        """Assert that exactly `count` create requests were received."""
        __tracebackhide__ = True
        assertions.assert_creates(self.entries(), count)

    def assert_polls_apart(self, seconds: float) -> None:
        """Assert that at least `seconds` passed between a response and the task's next poll."""
        __tracebackhide__ = True
        assertions.assert_polls_apart(self.entries(), seconds)

    def assert_no_poll_after_end(self) -> None:
        """Assert that no poll of a task follows a response that it has completed or failed."""
        __tracebackhide__ = True
        assertions.assert_no_poll_after_end(self.entries())


@dataclass(frozen=True, slots=True)
class AccountChecks:
    """What the checks of `check-client` say about the requests with the key of one account."""

    control: Control
    account: str

    def verdicts(self) -> list[CheckVerdict]:
        """Return the verdict of every check."""
        return self.control.checks(self.account)

    def assert_no_findings(self, *, strict: bool = False, ignore: Collection[str] = ()) -> None:
        """Assert that no check has failed.

        Args:
            strict: whether a failed SHOULD counts too.
            ignore: the ids of checks that do not count.
        """
        __tracebackhide__ = True
        assertions.assert_no_findings(self.verdicts(), strict=strict, ignore=ignore)


def journal_report(journal: MemoryJournal, account: str, after: int) -> str:
    """Return the journal after entry `after`, one entry per line, as a failed test shows it.

    The journal contains no secrets, so the report contains none either.
    """
    # Requests with other keys are shown too: a client that sends the wrong key has no entry of
    # its own account, and the reader would look in the wrong place.
    entries = [entry for entry in journal.entries() if entry.number > after]
    return "\n".join(_report_lines(entries, account)) or "No request reached the mock."


def _report_lines(entries: Sequence[JournalEntry], account: str) -> Iterator[str]:
    latest = entries[-MAX_REPORT_LINES:]
    if len(latest) < len(entries):
        yield f"({len(entries) - len(latest)} earlier requests)"
    for entry in latest:
        note = "" if entry.account == account else f"  [{_account_note(entry)}]"
        elapsed = entry.received - entries[0].received
        yield f"+{elapsed:.3f} s  {_request(entry)}  {_outcome(entry)}{note}"


def _request(entry: JournalEntry) -> str:
    if entry.callback is None:
        return f"{entry.method} {entry.target}"
    return f"callback {entry.callback['delivery']}, attempt {entry.callback['attempt']}"


def _account_note(entry: JournalEntry) -> str:
    return "no account" if entry.account is None else f"another account: {entry.account}"


def _outcome(entry: JournalEntry) -> str:
    """Return the response of a request, its injected fault, and the rules that it breaks."""
    parts = [str(entry.status or "no response"), entry.code, entry.task_status]
    if entry.fault is not None:
        parts.append(f"({entry.fault}: {'applied' if entry.applied else 'not applied'})")
    parts += [f"(breaks {rule})" for rule in entry.rules]
    if entry.callback is not None and entry.callback["problem"] is not None:
        parts.append(f"({entry.callback['problem']})")
    return " ".join(filter(None, parts))
