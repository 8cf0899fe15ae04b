"""What a case asks, in text: its requirement, its situation in words, and how to see it by hand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from seedance_contract.casebook import CaseEntry
from seedance_contract.declared.examples import request
from seedance_contract.declared.operations import OPERATIONS
from seedance_mock.scripting.words import Clause, describe_words, parse

BASE = "http://127.0.0.1:8000"

_BY_HAND = {
    "create": f"-X POST {BASE}/v1/videos/generations -H 'Content-Type: application/json'",
    "poll": f"{BASE}/v1/tasks/TASK_ID",
    "cancel": f"-X DELETE {BASE}/v1/tasks/TASK_ID",
    "models": f"{BASE}/v1/models",
    "pricing": f"{BASE}/v1/pricing",
    "asset": "VIDEO_URL",
}


def describe_case(entry: CaseEntry) -> Iterator[str]:
    """Yield the lines that explain a case."""
    case = entry.case
    yield f"{case.id} ({entry.suite}, {case.weight})"
    yield f"  group:       {case.group}"
    if entry.profiles:
        yield f"  profiles:    {', '.join(entry.profiles)}"
    yield f"  requirement: {case.requirement}"
    yield f"  source:      {case.source} ({case.source.weight})"
    for check in entry.checks:
        yield f"  check:       {check.id} ({check.level}): {check.says}"
    if entry.script:
        yield f"  situation:   {entry.script}"
        yield from (f"    {line}" for line in describe_words(entry.script).splitlines())
    yield from by_hand(entry)


def by_hand(entry: CaseEntry) -> Iterator[str]:
    """Yield the lines that lead into the situation of a case, or to what tells it."""
    if entry.suite == "server":
        yield f"  to see it:   seedance-mock check-server {BASE}"
        yield "    a report holds a curl command for each case that fails"
        return
    yield f"  to see it:   seedance-mock check-client --case {entry.case.id} -- COMMAND"
    yield "  by hand:     seedance-mock serve, and then with one key:"
    yield f"    key={shlex.quote(key(entry.script))}"
    body = shlex.quote(json.dumps(request(OPERATIONS["text-to-video"])))
    for place in _places(entry.script):
        given = f" -d {body}" if place == "create" else ""
        yield f'    curl -i -H "Authorization: Bearer $key" {_BY_HAND[place]}{given}'


def key(script: str) -> str:
    """Return a key that carries the words of a script."""
    return f"sk-mock-{'.'.join(script.split()) or 'ok'}--by-hand"


def _places(script: str) -> list[str]:
    """Return where the situation shows, in the order in which a client goes there."""
    named = {word.place for word in parse(script) if isinstance(word, Clause)}
    return [place for place in _BY_HAND if place in {"create", "poll"} | named]
