"""Which entries of a log a failure depends on, and which values of responses later requests use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from seedance_contract.declared.routes import READ, READ_LEGACY
from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, V3_LIST
from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import AccountOpened, FundsRead, LogEntry, RateLimitSet
from seedance_contract.server.reproduction.identifiers import (
    MAX_SEARCHED_BYTES,
    extractable_members,
    identifiers_of_resource,
    response_identifiers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A value that a script takes from a response.

    Args:
        entry: the index of the exchange in the log.
        member: the name of the first member of the response body that has the value.
        value: the value in the run that failed.
    """

    entry: int
    member: str
    value: str


class LogDependencies:
    """What the entries of a log have to do with each other.

    Args:
        entries: the log up to the entry that shows the failure.
    """

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        self._entries = entries
        self._keys = [_key(entry) for entry in entries]
        self._requests = [request_bytes(entry) for entry in entries]
        self.captures = self._find_captures()
        self._used = [self._captured_values(index) for index in range(len(entries))]
        self._identifiers = [response_identifiers(entry) for entry in entries]
        self._idempotency_keys = [_idempotency_keys(entry) for entry in entries]
        self._resources = [identifiers_of_resource(entry) for entry in entries]

    def _find_captures(self) -> list[Capture]:
        """Return the values of responses that later requests use.

        A value that stood in an earlier request came from the kit and not from the server.
        """
        captures: dict[str, Capture] = {}
        # One search in all requests, as a log can have hundreds of them.
        text = b"\n".join(self._requests)
        ends = list(accumulate(len(request) + 1 for request in self._requests))
        for index, entry in enumerate(self._entries):
            for member, value in extractable_members(entry):
                is_used_later = text.find(value.encode()) >= ends[index]
                is_task_path = any(value in _task_paths(id) for id in captures)
                if is_used_later and value not in captures and not is_task_path:
                    captures[value] = Capture(entry=index, member=member, value=value)
        return list(captures.values())

    def _captured_values(self, index: int) -> set[str]:
        """Return the captured values that a request uses."""
        request = self._requests[index]
        return {
            capture.value
            for capture in self.captures
            if capture.entry < index and capture.value.encode() in request
        }

    def relevant_indices(self) -> list[int]:
        """Return the indices of the last entry and of what it depends on or may depend on.

        An exchange may matter if a kept request uses its response, if it is about a task or a
        model of a kept request, if it has the same Idempotency-Key, or if it takes from the money
        or the rate limit, or adds to the list, of a kept account. Control steps of kept accounts
        always matter.
        """
        last = self._entries[-1]
        kept = {
            index
            for index, entry in enumerate(self._entries)
            # What ran at the same time as the last entry is a part of the same race.
            if entry is last or entry.ended_at > last.started_at
        }
        # Each addition can make more entries relevant.
        while added := self._additions(kept):
            kept |= added
        return sorted(kept)

    def _additions(self, kept: set[int]) -> set[int]:
        keys = {key for index in kept if (key := self._keys[index]) is not None}
        counted = keys & self._counted_keys(kept)
        values = {value for index in kept for value in self._used[index]}
        sources = {capture.entry for capture in self.captures if capture.value in values}
        idempotency_keys = {value for index in kept for value in self._idempotency_keys[index]}
        requests = b"\n".join(self._requests[index] for index in kept)
        return {
            index
            for index, entry in enumerate(self._entries)
            if index not in kept
            and (
                (isinstance(entry, Exchange) and self._keys[index] in counted)
                or (not isinstance(entry, Exchange | FundsRead) and entry.key in keys)
                or index in sources
                # It reads or cancels a task of a kept request.
                or self._used[index] & values
                # It has the Idempotency-Key of a kept request.
                or self._idempotency_keys[index] & idempotency_keys
                # It reads the model of a kept request.
                or any(name in requests for name in self._resources[index])
                or self._shares_identifier(index)
            )
        }

    def _counted_keys(self, kept: Iterable[int]) -> set[str]:
        """Return the keys of accounts whose every request counts: for money, limits, lists."""
        limited = {
            entry.key
            for entry in self._entries
            if isinstance(entry, RateLimitSet)
            or (isinstance(entry, AccountOpened) and entry.balance is not None)
        }
        read = [self._entries[index] for index in kept]
        listed = {key for entry in read if _is_list(entry) and (key := _key(entry)) is not None}
        return limited | listed | {entry.key for entry in read if isinstance(entry, FundsRead)}

    def _shares_identifier(self, index: int) -> bool:
        """Return whether a response has an identifier that the last response has too.

        For example two tasks with one billing id, or two responses with one X-Request-ID. What
        stands in one of the two requests does not count.
        """
        requests = self._requests[index] + self._requests[-1]
        shared = self._identifiers[index] & self._identifiers[-1]
        return any(value.encode() not in requests for value in shared)


def _task_paths(task_id: str) -> tuple[str, ...]:
    """Return what a poll_url should be. The id alone is enough to write it."""
    return tuple(endpoint.path.format(id=task_id) for endpoint in (READ, READ_LEGACY))


def _key(entry: LogEntry) -> str | None:
    return entry.request.key if isinstance(entry, Exchange) else entry.key


def _idempotency_keys(entry: LogEntry) -> set[str]:
    headers = entry.request.headers if isinstance(entry, Exchange) else {}
    return {value for name, value in headers.items() if name == IDEMPOTENCY_HEADER}


def _is_list(entry: LogEntry) -> bool:
    if not isinstance(entry, Exchange) or entry.request.method != V3_LIST.method:
        return False
    return entry.request.path.partition("?")[0] == V3_LIST.path


def request_bytes(entry: LogEntry) -> bytes:
    """Return the URL, the values of the headers and the beginning of the body of a request."""
    if not isinstance(entry, Exchange):
        return b""
    request = entry.request
    head = "\n".join([request.url, *request.headers.values(), ""])
    return head.encode(errors="replace") + (request.body or b"")[:MAX_SEARCHED_BYTES]
