"""The entries of a log as commands of a shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from urllib3.util import parse_url

from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, MAX_IDEMPOTENCY_KEY
from seedance_contract.server.http.exchange import Exchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.log import (
    AccountOpened,
    BalanceToppedUp,
    ClockAdvanced,
    ControlStep,
    LogEntry,
    RateLimitSet,
)
from seedance_contract.server.reproduction.dependencies import Capture
from seedance_contract.server.reproduction.identifiers import first_members
from seedance_contract.server.reproduction.shell import (
    Variables,
    is_inline,
    print_commands,
    word,
)

CLIENT_HEADERS = frozenset(
    ("content-length", "user-agent", "accept", "accept-encoding", "connection", "host")
)
"""Headers that curl adds on its own."""

RUN_VALUE = b"{run}"
"""Stands for the name of a run of a script, which is another one each time: `RUN`."""

MAX_RUN = 40
"""How many bytes the value of that variable may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An entry of the log that a script repeats.

    Args:
        number: the number of the step in the script, from 1 on.
        entry: what is repeated.
        captures: the values that later steps use, by the name of their variable.
    """

    number: int
    entry: LogEntry
    captures: Mapping[str, Capture]


def batches(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield the steps in groups: those of a group overlapped in time, most groups have one."""
    batch: list[Step] = []
    end = 0.0
    for step in sorted(steps, key=lambda step: (step.entry.started_at, step.number)):
        if batch and step.entry.started_at >= end:
            yield sorted(batch, key=lambda step: step.number)
            batch = []
        end = max(step.entry.ended_at, end if batch else 0.0)
        batch.append(step)
    yield sorted(batch, key=lambda step: step.number)


def step_lines(step: Step, base_url: str, variables: Variables, suffix: str = "") -> list[str]:
    """Return the commands of a step. `suffix` follows its last command: "&" for the background."""
    if not isinstance(step.entry, Exchange):
        return [_control_command(step.entry, variables) + suffix]
    preparation, command = _request(step.number, step.entry.request, base_url, variables)
    return [*preparation, command + suffix]


def capture_lines(step: Step) -> list[str]:
    """Return the commands that take values from the response of a step."""
    lines = []
    for name, capture in step.captures.items():
        lines.append(f'{name}=$(member {capture.member} <"$DIR/{step.number}")')
        problem = f"step {step.number} has no {capture.member} in its response"
        lines.append(f': "${{{name}:?{problem}}}"')
    return lines


def _control_command(step: ControlStep, variables: Variables) -> str:
    key = word(step.key.encode(), variables)
    match step:
        case AccountOpened(balance=None):
            return f"open_account {key}"
        case AccountOpened(balance=balance):
            return f"open_account {key} {balance:f}"
        case ClockAdvanced(seconds=seconds):
            return f"advance_clock {key} {Decimal(str(seconds)).normalize():f}"
        case BalanceToppedUp(usd=usd):
            return f"top_up {key} {usd:f}"
        case RateLimitSet(requests_per_minute=count):
            return f"set_rate_limit {key} {count}"
    return f"show_funds {key}"


def _request(
    number: int, request: SentRequest, base_url: str, variables: Variables
) -> tuple[list[str], str]:
    """Return the commands that prepare the body, and the command that sends the request."""
    method, url = word(request.method.encode(), {}), _url(request, base_url, variables)
    words = [f"request {number} {method} {url}"]
    words += [f"--header {word(header, variables)}" for header in _headers(request)]
    if request.body is None:
        return [], " \\\n  ".join(words)
    if is_inline(request.body):
        words.append(f"--data-raw {word(request.body, variables)}")
        return [], " \\\n  ".join(words)
    words.append(f'--data-binary "@$DIR/body-{number}"')
    commands = [f"  {command}" for command in print_commands(request.body, variables)]
    return ["{", *commands, f'}} >"$DIR/body-{number}"'], " \\\n  ".join(words)


def _url(request: SentRequest, base_url: str, variables: Variables) -> str:
    # As urllib3 writes it to the connection: with what a URL must not contain escaped.
    url = parse_url(request.url).url
    base = parse_url(base_url).url.rstrip("/")
    return word(url.encode(), {base.encode(): "BASE_URL", **variables})


def _headers(request: SentRequest) -> Iterator[bytes]:
    names = {name.lower() for name in request.headers}
    for name, value in request.headers.items():
        if name.lower() in CLIENT_HEADERS or name.lower().startswith("x-schemathesis"):
            continue
        if name.lower() == IDEMPOTENCY_HEADER.lower() and _is_usable_idempotency_key(value):
            # A server would repeat the response to the same create of an earlier run.
            yield f"{name}: {value}-".encode("latin-1") + RUN_VALUE
            continue
        # curl leaves out a header without a value, unless a semicolon ends its name.
        text = f"{name}: {value}" if value.strip() else f"{name};"
        yield text.encode("latin-1", errors="replace")
    if request.body is not None and "content-type" not in names:
        # Otherwise curl sends the content type of an HTML form.
        yield b"Content-Type:"


def _is_usable_idempotency_key(value: str) -> bool:
    """Return whether a server accepts an idempotency key also with the name of a run after it."""
    return 0 < len(value) <= MAX_IDEMPOTENCY_KEY - MAX_RUN and value.isascii()


def outcome(response: ReceivedResponse | None) -> str:
    """Return the status of a response and of the task in it, as `outcomes` in `functions.sh`."""
    if response is None:
        return "  "
    cancelled = b'"cancelled":true' in response.body.replace(b" ", b"")
    task_status = first_members(response.body).get("status", "")
    return f"{response.status} {task_status} {'cancelled' if cancelled else ''}"
