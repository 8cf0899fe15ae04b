"""The lines of the request log: for people, with or without colors, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple


class LogLine(NamedTuple):
    """What a line of the log says about a request and its response. It has no secrets.

    `path` is escaped. `ms` is the duration in milliseconds. `price_usd` is what a new task will
    cost. `reason` says why a key is refused. See `JournalEntry` for the other fields.
    """

    time: str
    method: str
    path: str
    status: int | None
    ms: float
    request_id: str
    task_id: str | None
    task_status: str | None
    price_usd: str | None
    account: str | None
    code: str | None
    rules: Sequence[str]
    reason: str | None
    fault: str | None


MAX_RULES = 3
"""How many broken rules a line for people names."""

NO_RESPONSE = "no-response"
"""What stands for the status if an injected fault leaves no response."""

Style = Callable[[str, str], str]
"""Returns a text in a color."""

COLORS: Mapping[str, str] = {
    "gray": "\x1b[90m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "red": "\x1b[31m",
    "magenta": "\x1b[35m",
}
_RESET = "\x1b[0m"

_TASK_ID = re.compile(r"(ldtask_[0-9a-f]{8})[0-9a-f]{24}")


def _short_task_id(text: str) -> str:
    """Return a text in which ids of tasks are short."""
    return _TASK_ID.sub(r"\1..", text)


def _short_request_id(request_id: str) -> str:
    # The digits before are the same for all requests of a process.
    return f"req_..{request_id[-8:]}"


def text_line(line: LogLine) -> str:
    """Return a line for people. Ids are short; the JSON form has them in full."""
    return _text_line(line, lambda text, color: text)


def color_line(line: LogLine) -> str:
    """Return a line for people at a terminal, in color."""
    return _text_line(line, lambda text, color: f"{COLORS[color]}{text}{_RESET}")


def _text_line(line: LogLine, style: Style) -> str:
    status = NO_RESPONSE if line.status is None else str(line.status)
    account = "" if line.account is None else f"{line.account} "
    request = f"{line.method} {_short_task_id(line.path)}"
    end = f"{line.ms} ms {account}{_short_request_id(line.request_id)}"
    parts = [
        style(line.time, "gray"),
        request,
        style(status, _status_color(line.status)),
        *_facts(line, style),
        style(end, "gray"),
    ]
    return " ".join(parts)


def _status_color(status: int | None) -> str:
    if status is None or status >= 500:
        return "red"
    return "yellow" if status >= 400 else "green"


def _facts(line: LogLine, style: Style) -> Iterator[str]:
    """Yield the task with its status and price, why it was refused, and what was injected."""
    if line.task_id is not None and line.task_id not in line.path:
        yield _short_task_id(line.task_id)
    if line.task_status is not None:
        yield line.task_status
    if line.price_usd is not None:
        yield f"${line.price_usd}"
    if line.code is not None:
        yield style(line.code, "yellow")
    if line.rules:
        more = len(line.rules) - MAX_RULES
        yield ",".join(line.rules[:MAX_RULES]) + (f",+{more}" if more > 0 else "")
    if line.reason is not None:
        yield f"({line.reason})"
    if line.fault is not None:
        yield style(f"injected:{line.fault}", "magenta")


def json_line(line: LogLine) -> str:
    """Return a line for programs: a JSON object with all ids in full."""
    return json.dumps(line._asdict())


LOG_FORMATTERS: Mapping[str, Callable[[LogLine], str]] = {
    "text": text_line,
    "color": color_line,
    "json": json_line,
}
"""The formats of the log. With any other name no log is written."""
