"""The shell script that repeats a failure: with its own keys, and ids from its own responses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from seedance_contract.case import Case, Finding
from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import FundsRead, LogEntry
from seedance_contract.server.reproduction.dependencies import LogDependencies, request_bytes
from seedance_contract.server.reproduction.shell import Variables
from seedance_contract.server.reproduction.steps import (
    RUN_VALUE,
    Step,
    batches,
    capture_lines,
    outcome,
    step_lines,
)

MAX_COMMENT, MAX_STEP_COMMENT = 400, 160
"""The numbers of characters of a response that are shown for the failure, and for each step."""


MIN_SECRET_LENGTH = 6
"""The number of characters from which on the beginning of a key is a secret. All begin alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings:
    """What all scripts of a run have in common.

    Args:
        base_url: the URL of the server, without a slash at the end.
        key_variables: the environment variables of the keys that were given, by key. They must not
            appear in a script. A key that is not in here is new, and a script makes a new one too.
        control_functions: the shell functions of the control adapter, "" without one.
    """

    base_url: str
    key_variables: Mapping[str, str]
    control_functions: str = ""


def reproduction_script(
    entries: Sequence[LogEntry], case: Case, finding: Finding, settings: ScriptSettings
) -> str:
    """Return a script for a POSIX shell whose last step shows a failure again.

    Args:
        entries: the log of the check. Its last entry shows the failure.
        case: the case that failed.
        finding: what was expected, and what the server did.

    Returns "" for a log without entries.
    """
    return _Script(entries, case, finding, settings).text() if entries else ""


class _Script:
    """The parts of one script."""

    def __init__(
        self, entries: Sequence[LogEntry], case: Case, finding: Finding, settings: ScriptSettings
    ) -> None:
        self._case, self._finding, self._settings = case, finding, settings
        self._control_functions = settings.control_functions
        self._steps = _relevant_steps(entries)
        self._keys = _key_variables(self._steps, settings.key_variables)
        self._variables: Variables = {
            RUN_VALUE: "RUN",
            **{key.encode(): name for key, name in self._keys.items()},
            **{
                capture.value.encode(): name
                for step in self._steps
                for name, capture in step.captures.items()
            },
        }

    def text(self) -> str:
        batched = list(batches(self._steps))
        first_race = next((n for n, batch in enumerate(batched) if len(batch) > 1), None)
        body = self._sequence(batched) if first_race is None else self._race(batched, first_race)
        text = "\n".join(body)
        head = [*self._comments(), "", *self._preamble(uses_run="$RUN" in text), ""]
        return "\n".join([*head, *self._functions(text), text, ""])

    def _comments(self) -> Iterator[str]:
        yield "#!/bin/sh"
        yield self._comment(f"{self._case.id}: {self._case.requirement}")
        yield self._comment(f"Source: {self._case.source}")
        yield "#"
        if self._finding.expected:
            yield self._comment(f"Expected: {self._finding.expected}")
        yield self._comment(f"Got:      {self._finding.actual}")
        yield "#"
        yield "# It needs curl. BASE_URL=http://… points it at another server."

    def _preamble(self, *, uses_run: bool) -> Iterator[str]:
        yield "set -eu"
        yield "LC_ALL=C && export LC_ALL"
        yield f"BASE_URL=${{BASE_URL:-{shlex.quote(self._settings.base_url)}}}"
        yield "DIR=$(mktemp -d)"
        yield "trap 'rm -rf \"$DIR\"' EXIT"
        if uses_run or any(key not in self._settings.key_variables for key in self._keys):
            yield "RUN=$(date +%s)-$$"
        for key, name in self._keys.items():
            variable = self._settings.key_variables.get(key)
            number = name.removeprefix("KEY_")
            yield f"{name}=${{{variable}:?}}" if variable else f"{name}=sk-check-$RUN-{number}"

    def _functions(self, commands: str) -> Iterator[str]:
        """Yield the functions that the commands use, and those that these use."""
        functions = {**_functions_in(own_functions()), **_functions_in(self._control_functions)}
        used: set[str] = set()
        text = commands
        while added := {name for name in functions if re.search(rf"\b{name}\b", text)} - used:
            used |= added
            text = "\n".join(functions[name] for name in added)
        yield from (f"{function}\n" for name, function in functions.items() if name in used)

    def _sequence(self, batched: Sequence[Sequence[Step]]) -> Iterator[str]:
        for [step] in batched:
            yield from self._step(step)

    def _step(self, step: Step) -> Iterator[str]:
        if isinstance(step.entry, Exchange | FundsRead):
            yield ""
            yield self._step_comment(step.number, step.entry)
        if isinstance(step.entry, FundsRead):
            yield f"printf '\\n=== Step {step.number}: the money of the account\\n'"
        yield from step_lines(step, self._settings.base_url, self._variables)
        yield from capture_lines(step)

    def _step_comment(self, number: int, entry: Exchange | FundsRead) -> str:
        is_last = entry is self._steps[-1].entry
        title = f"Step {number}{', which shows the failure' if is_last else ''}"
        return self._comment(f"{title}. The run got {_result(entry)}", MAX_STEP_COMMENT)

    def _race(self, batched: Sequence[Sequence[Step]], first_race: int) -> Iterator[str]:
        """Yield the commands that repeat requests at the same time until the failure occurs."""
        yield "attempt() {"
        for batch in batched:
            if len(batch) == 1:
                yield from (f"  {line}".rstrip(" ") for line in self._step(batch[0]))
                continue
            yield from (f"  {line}".rstrip(" ") for line in self._concurrent(batch))
        yield "}"
        judged = [
            step
            for batch in batched[first_race:]
            for step in batch
            if isinstance(step.entry, Exchange)
        ]
        reads = [step for step in judged if _is_read(step)]
        writes = [step for step in judged if not _is_read(step)]
        # Reads race too, and how often each state is seen depends on luck. So each counts once.
        yield "attempt_outcomes() {"
        for steps, sort in ((writes, "sort"), (reads, "sort -u")):
            if steps:
                yield f"  outcomes {' '.join(str(step.number) for step in steps)} | {sort}"
        yield "}"
        lines = [*sorted(map(_outcome, writes)), *sorted(set(map(_outcome, reads)))]
        # The server chose these texts. Without quotes they could be commands.
        yield f"EXPECTED_OUTCOMES={shlex.quote(chr(10).join(lines))}"
        yield "race"

    def _concurrent(self, batch: Sequence[Step]) -> Iterator[str]:
        yield ""
        yield "# At the same time:"
        # In the order in which they ended in the run that failed, which is likely to fail again.
        for step in batch:
            if isinstance(step.entry, Exchange):
                yield self._step_comment(step.number, step.entry)
            suffix = f' >"$DIR/log-{step.number}" &'
            yield from step_lines(step, self._settings.base_url, self._variables, suffix)
        yield "wait"
        yield "cat " + " ".join(f'"$DIR/log-{step.number}"' for step in batch)
        for step in batch:
            yield from capture_lines(step)

    def _comment(self, text: str, length: int = MAX_COMMENT) -> str:
        text = _redacted(text, {**self._settings.key_variables, **self._keys})
        # A newline or a carriage return would end the comment.
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        return f"# {text}" if len(text) <= length else f"# {text[:length]}…"


def _redacted(text: str, names: Mapping[str, str]) -> str:
    """Replace the keys in a text, also one that is cut off at its end."""
    for key, name in names.items():
        text = text.replace(key, f"${name}")
        for length in range(len(key) - 1, MIN_SECRET_LENGTH, -1):
            if text.endswith(f"{key[:length]}…"):
                text = text[: -length - 1] + "…"
    return text


def _relevant_steps(entries: Sequence[LogEntry]) -> list[Step]:
    dependencies = LogDependencies(entries)
    indices = dependencies.relevant_indices()
    steps = []
    for number, index in enumerate(indices, start=1):
        captures = {
            f"step_{number}_{capture.member}": capture
            for capture in dependencies.captures
            if capture.entry == index
        }
        steps.append(Step(number=number, entry=entries[index], captures=captures))
    return steps


def _key_variables(steps: Sequence[Step], given: Iterable[str]) -> dict[str, str]:
    """Return the names of the variables of all keys, in the order in which they are used."""
    used = [
        step.entry.request.key if isinstance(step.entry, Exchange) else step.entry.key
        for step in steps
    ]
    # A given key can also stand in a request that has another key or none.
    requests = [request_bytes(step.entry) for step in steps]
    used += [key for key in given if any(key.encode() in request for request in requests)]
    keys = dict.fromkeys(key for key in used if key is not None)
    return {key: f"KEY_{number}" for number, key in enumerate(keys, start=1)}


def _result(entry: Exchange | FundsRead) -> str:
    if isinstance(entry, Exchange):
        return "no response" if entry.response is None else entry.response.summary
    funds = entry.funds
    return f"a balance of {funds.balance}, {funds.reserved} reserved, {funds.charged} charged"


def _is_read(step: Step) -> bool:
    assert isinstance(step.entry, Exchange)
    return step.entry.request.method == "GET"


def _outcome(step: Step) -> str:
    assert isinstance(step.entry, Exchange)
    return outcome(step.entry.response)


@cache
def own_functions() -> str:
    """Return the shell functions that scripts use."""
    return files(__package__).joinpath("functions.sh").read_text("utf-8")


def _functions_in(text: str) -> Mapping[str, str]:
    """Return shell functions by name. They are separated by empty lines, comments come first."""
    blocks = text.strip().split("\n\n") if text else []
    return {_FUNCTION_NAME.findall(block)[0]: block for block in blocks}


_FUNCTION_NAME = re.compile(r"^(\w+)\(\)", re.MULTILINE)
