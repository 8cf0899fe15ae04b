"""What a test holds in its hands: a key of its own, its account's time and its journal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from seedance_mock.scripting.words import WordError, parse
from seedance_mock.service.journal import Journal, JournalEntry
from seedance_mock.testing import assertions
from seedance_mock.testing.control_client import Control

MAX_NAME_LENGTH = 60
"""How many characters of a test's name its key carries."""

MAX_REPORT_LINES = 50
"""How many exchanges a report shows; the latest."""

_numbers = count(1)


def new_key(words: str = "", name: str = "test") -> str:
    """Return an API key that no other call returns, so that its account is nobody else's.

    Args:
        words: what the account is led into, such as "create-503x2 clock-frozen".
        name: whom the key is for; it may hold any characters.

    Raises WordError for a word that means nothing.
    """
    said = ".".join(map(str, parse(words)))
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name)[-MAX_NAME_LENGTH:].strip("-")
    return f"sk-mock-{said}--{plain}-{next(_numbers)}"


def words_error(words: str) -> str | None:
    """Return what is wrong with words, and which was perhaps meant; None where nothing is."""
    try:
        parse(words)
    except WordError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class MockAccount:
    """The account of one test: the key that its client sends, and the name that is shown."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountClock:
    """The time of one account; tasks go on when it does."""

    control: Control
    account: str

    def __call__(self) -> float:
        """Return the account's time, in seconds since the Unix epoch."""
        return self.control.account(self.account).now

    def advance(self, seconds: float) -> float:
        """Move the time on, and return it. When this returns, it holds for every request."""
        return self.control.advance(self.account, seconds)


@dataclass(frozen=True, slots=True)
class AccountJournal:
    """What reached the mock with the key of one account.

    Each assertion raises AssertionError, saying what happened; see `testing.assertions`.
    """

    control: Control
    account: str

    def entries(self, *, place: str | None = None, status: int | None = None) -> list[JournalEntry]:
        """Return the exchanges with these properties, oldest first."""
        return self.control.journal(account=self.account, place=place, status=status)

    def creates(self) -> list[JournalEntry]:
        """Return the create requests, answered or not."""
        return assertions.creates(self.entries())

    def polls(self) -> dict[str, list[JournalEntry]]:
        """Return the polls of each task, in the order of their coming."""
        return assertions.polls(self.entries())

    def assert_no_create(self) -> None:
        """No create request came."""
        __tracebackhide__ = True
        assertions.assert_no_create(self.entries())

    def assert_creates(self, count: int = 1) -> None:
        """Exactly `count` create requests came, whatever they were answered."""
        __tracebackhide__ = True
        assertions.assert_creates(self.entries(), count)

    def assert_polls_apart(self, seconds: float) -> None:
        """Between an answer and the next poll of the same task at least `seconds` passed."""
        __tracebackhide__ = True
        assertions.assert_polls_apart(self.entries(), seconds)

    def assert_stops_at_the_end(self) -> None:
        """No poll of a task follows the answer that it completed or failed."""
        __tracebackhide__ = True
        assertions.assert_stops_at_the_end(self.entries())


def journal_report(journal: Journal, account: str, began: int) -> str:
    """Return what came after exchange `began`, one a line, as a failed test shows it.

    Requests with other keys than that of `account` are shown too: a client that sends the
    wrong one is hard to find otherwise. Nothing shown is a secret.
    """
    entries = [entry for entry in journal.entries() if entry.number > began]
    return "\n".join(_lines(entries, account)) or "No request reached the mock."


def _lines(entries: Sequence[JournalEntry], account: str) -> Iterator[str]:
    shown = entries[-MAX_REPORT_LINES:]
    if len(shown) < len(entries):
        yield f"({len(entries) - len(shown)} earlier exchanges)"
    for entry in shown:
        whose = "" if entry.account == account else f"  [{_stranger(entry)}]"
        passed = entry.received - entries[0].received
        yield f"+{passed:.3f} s  {entry.method} {entry.target}  {_answer(entry)}{whose}"


def _stranger(entry: JournalEntry) -> str:
    return "no account" if entry.account is None else f"not this test's key but {entry.account}"


def _answer(entry: JournalEntry) -> str:
    """Return what an exchange was answered, and which word struck it."""
    said = [str(entry.status or "no answer"), entry.code, entry.task_status]
    if entry.fault is not None:
        said.append(f"({entry.fault}: {'applied' if entry.applied else 'not applied'})")
    said += [f"(breaks {rule})" for rule in entry.rules]
    return " ".join(filter(None, said))
