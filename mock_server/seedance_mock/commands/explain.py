"""`seedance-mock explain`: the requirement of a case, its script, and how to see it by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from textwrap import wrap

import click

from seedance_contract import casebook
from seedance_contract.casebook import CaseEntry
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, V3_CREATE, V3_READ
from seedance_mock.commands.framework.output import print_json
from seedance_mock.scripting.words import Clause, describe_words, parse

BASE_URL = "http://127.0.0.1:8000"

CURL_ARGUMENTS: Mapping[str, str] = {
    "create": f"-X POST {BASE_URL}/v1/videos/generations -H 'Content-Type: application/json'",
    "poll": f"{BASE_URL}/v1/tasks/TASK_ID",
    "cancel": f"-X DELETE {BASE_URL}/v1/tasks/TASK_ID",
    "models": f"{BASE_URL}/v1/models",
    "pricing": f"{BASE_URL}/v1/pricing",
    "asset": "VIDEO_URL",
}
"""The request to each place of a script, in the order in which a client sends them."""

V3_CURL_ARGUMENTS: Mapping[str, str] = {
    "create": f"-X POST {BASE_URL}{V3_CREATE.path} -H 'Content-Type: application/json'"
    f" -H '{IDEMPOTENCY_HEADER}: by-hand'",
    "poll": f"{BASE_URL}{V3_READ.path.format(id='TASK_ID')}",
}
"""The requests of a client that speaks v3."""

RECEIVER_URL = "http://127.0.0.1:9000/callback"
"""The receiver that somebody starts who wants to see callbacks by hand."""


@click.command("explain")
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_command(case: str, as_json: bool) -> None:
    """Explain what CASE requires, such as POLL-17, and how to see it by hand with curl."""
    entry = _find_case(case)
    if as_json:
        print_json(case_json(entry))
        return
    click.echo("\n".join(case_description(entry)))


def _find_case(name: str) -> CaseEntry:
    entries = {case_id.lower(): entry for case_id, entry in casebook.cases().items()}
    if name.lower() in entries:
        return entries[name.lower()]
    # With a cutoff of 0 there is a suggestion for every text, if there is any case.
    nearest = get_close_matches(name.lower(), entries, n=1, cutoff=0)
    hint = f"; did you mean {entries[nearest[0]].case.id}?" if nearest else ""
    raise click.UsageError(f"there is no case {name[:40]!r}{hint}")


def case_json(entry: CaseEntry) -> dict[str, object]:
    """Return the explanation of a case as JSON."""
    return {
        "id": entry.case.id,
        "suite": entry.suite,
        "group": entry.case.group,
        "level": entry.case.effective_level,
        "profiles": entry.profiles,
        "requirement": entry.case.requirement,
        "source": str(entry.case.source),
        "script": entry.script,
        "key": None
        if entry.suite == "server" or entry.is_invariant
        else key_with_script(entry.script),
        "checks": [
            {"id": check.id, "level": check.level, "requirement": check.requirement}
            for check in entry.checks
        ],
        "causes": [
            {"id": cause.id, "title": cause.title, "fix": cause.fix} for cause in entry.causes
        ],
    }


def case_description(entry: CaseEntry) -> Iterator[str]:
    """Yield the lines that explain a case."""
    case = entry.case
    yield f"{case.id} ({entry.suite}, {case.effective_level})"
    yield f"  group:       {case.group}"
    if entry.profiles:
        yield f"  profiles:    {', '.join(entry.profiles)}"
    yield f"  requirement: {case.requirement}"
    yield f"  source:      {case.source} ({case.source.weight})"
    for check in entry.checks:
        yield f"  check:       {check.id} ({check.level}): {check.requirement}"
    if entry.script:
        yield f"  situation:   {entry.script}"
        yield from (f"    {line}" for line in describe_words(entry.script).splitlines())
    yield from _cause_lines(entry)
    yield from manual_steps(entry)


def _cause_lines(entry: CaseEntry) -> Iterator[str]:
    """Yield what a failure of the case means, and how to fix it."""
    for cause in entry.causes:
        yield f"  if it fails: {cause.title}"
        yield from wrap(cause.fix, 96, initial_indent="    ", subsequent_indent="    ")


def manual_steps(entry: CaseEntry) -> Iterator[str]:
    """Yield the command lines that reproduce the situation of a case."""
    if entry.suite == "server":
        yield f"  to see it:   seedance-mock check-server {BASE_URL} --case {entry.case.id}"
        yield "    the report has a script that reproduces the failure"
        return
    if entry.is_invariant:
        yield "  to see it:   seedance-mock check-client --explore -- COMMAND"
        yield "    the report names the smallest situation in which the client fails"
        return
    is_v3 = entry.dialect is V3
    dialect = "--dialect v3 " if is_v3 else ""
    yield f"  to see it:   seedance-mock check-client {dialect}--case {entry.case.id} -- COMMAND"
    yield "  by hand:     seedance-mock serve, and then with one key:"
    yield f"    key={shlex.quote(key_with_script(entry.script))}"
    body = _v3_body(entry.script) if is_v3 else example_request(OPERATIONS["text-to-video"])
    arguments = V3_CURL_ARGUMENTS if is_v3 else CURL_ARGUMENTS
    for place in _places(entry.script, arguments):
        data = f" -d {shlex.quote(json.dumps(body))}" if place == "create" else ""
        yield f'    curl -i -H "Authorization: Bearer $key" {arguments[place]}{data}'


def _v3_body(script: str) -> Mapping[str, object]:
    """Return the body of a create request of v3, with a receiver if the script has callbacks."""
    callback = {"callback_url": RECEIVER_URL} if "callback-" in script else {}
    return {**example_v3_request(), **callback}


def key_with_script(script: str) -> str:
    """Return an API key that contains the words of a script."""
    return f"sk-mock-{'.'.join(script.split()) or 'ok'}--by-hand"


def _places(script: str, known: Iterable[str]) -> list[str]:
    """Return which of the known places a script affects, and always create and poll."""
    # Without a create there is no task, and without a poll nobody sees how it ends.
    affected = {word.place for word in parse(script) if isinstance(word, Clause)}
    return [place for place in known if place in {"create", "poll"} | affected]
