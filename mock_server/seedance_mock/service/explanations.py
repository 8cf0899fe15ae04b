"""Explanations: why a request got its response, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.contract import CONTRACT
from seedance_mock.service.journal.entries import CallbackAttempt, JournalEntry


def explain_entry(entry: JournalEntry) -> list[str]:
    """Return sentences that explain why a request got its response."""
    return list(_sentences(entry))


def _sentences(entry: JournalEntry) -> Iterator[str]:
    if entry.callback is None:
        yield from _request_sentences(entry)
    else:
        yield from _callback_sentences(entry, entry.callback)


def _callback_sentences(entry: JournalEntry, callback: CallbackAttempt) -> Iterator[str]:
    yield (
        f"The server sent that the task {entry.task_id} is {entry.task_status} to its callback_url:"
        f" attempt {callback['attempt']} of the delivery {callback['delivery']}."
    )
    if entry.status is not None:
        yield f"The receiver responded with the status {entry.status}."
    if callback["problem"] is not None:
        yield f"It does not count as acknowledged: {callback['problem']}."
    elif entry.status is not None and not 200 <= entry.status < 300:
        yield "It does not count as acknowledged: only a status from 200 to 299 does."
    else:
        yield "The delivery is acknowledged."


def _request_sentences(entry: JournalEntry) -> Iterator[str]:
    account = f"account {entry.account}" if entry.account else "no account"
    result = f"The status was {entry.status}." if entry.status else "It got no response."
    yield f"{entry.method} {entry.target} came from {account}. {result}"
    if entry.client_request_id is not None:
        yield f"Its client calls it {entry.client_request_id}."
    if entry.fault is not None:
        state = "applied" if entry.applied else "not applied"
        yield f"The fault {entry.fault} was injected: the request was {state}."
    else:
        yield "No fault was injected."
    for rule in entry.rules:
        yield f"The body breaks the rule {rule}{_requirement(rule)}."
    if entry.code is not None:
        yield f"The error code is {entry.code}."
    if entry.task_status is not None:
        yield f"The task {entry.task_id} was {entry.task_status} at {entry.time:.3f}."
    for warning in entry.warnings:
        yield f"Note: {warning}."


def _requirement(rule: str) -> str:
    # A shared journal may have an entry of another version, whose rules have other names.
    known = CONTRACT.rules.get(rule)
    return "" if known is None else f": {known.requirement()}"
