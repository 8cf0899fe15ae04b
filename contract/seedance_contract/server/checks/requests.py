"""Requests: every rule of the create request, on its legal and on its illegal side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.errors import INVALID_REQUEST, MODEL_NOT_FOUND
from seedance_contract.declared.examples import request
from seedance_contract.declared.fields import FIELDS, INPUTS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import (
    IMAGE_TO_VIDEO,
    TEXT_TO_VIDEO,
    VIDEO_EXTENSION,
    Body,
)
from seedance_contract.declared.pixels import PIXELS
from seedance_contract.declared.rule import Rule, put
from seedance_contract.declared.rules import RULES
from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.derived.check import faults
from seedance_contract.derived.strategies import (
    Fault,
    edge_requests,
    edged_rules,
    faulty_requests,
    twice_faulty_requests,
    valid_requests,
)
from seedance_contract.server.check_context import (
    CheckContext,
    ServerCheck,
    error_object,
    expect_status,
)
from seedance_contract.server.target import ReceivedResponse

GROUP = "requests"

CODES = {"model.known": MODEL_NOT_FOUND.code}
"""Rules whose refusal has a code of its own."""

LONG = 10 * 86_400.0
"""Seconds after which any task has ended."""

CONTINUED = ("task_id.type", "task_id.length", "video-extension.one-source")
"""Rules whose legal side needs a task that has been completed: `continues` shows it."""


def _rule(rule: Rule, subject: CheckContext) -> None:
    key = subject.keys.new_key()
    if subject.control is not None:
        subject.control.open_account(key)
    subject.check_property(faulty_requests(rule), partial(_refuses, subject, key))
    _nothing_happened(subject, key)
    if rule in edged_rules() and subject.target.budget.allows_spending:
        subject.check_property(edge_requests(rule), partial(_accepts, subject, key, rule))


def _refuses(subject: CheckContext, key: str, fault: Fault) -> None:
    answer = subject.create(fault.body, key)
    subject.rule_counts[fault.rule.id, "invalid"] += 1
    expect_status(answer, 400, CODES.get(fault.rule.id, INVALID_REQUEST.code))
    _names(answer, _at_fault(fault.body))


def _at_fault(body: Body) -> set[str]:
    """Return the fields that a refusal may name: in any spelling, and any input of several."""
    fields = {one.breach.field for one in faults(body)}
    spelled = {name for field in fields & FIELDS.keys() for name in FIELDS[field].spellings}
    rivals = {one.name for one in INPUTS} | {"operation"}
    return fields | spelled | (rivals if fields & rivals else set())


def _names(answer: ReceivedResponse, fields: set[str]) -> None:
    """Raise Mismatch where a refusal does not name one of the fields at fault."""
    listed = answer.json.get("validation_errors")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Mismatch("a list of validation_errors", answer.summary)
    told = {error_object(answer).get("param"), *(one.get("field") for one in listed)}
    if not told & fields:
        raise Mismatch(f"a refusal that names {' or '.join(sorted(fields))}", answer.summary)


def _nothing_happened(subject: CheckContext, key: str) -> None:
    if subject.control is None:
        return
    money = subject.control.funds(key)
    if money.reserved or money.charged:
        told = f"{money.reserved} reserved, {money.charged} charged"
        raise Mismatch("no reservation for requests that were refused", told)


def _accepts(subject: CheckContext, key: str, rule: Rule, body: Body) -> None:
    answer = subject.create(body, key)
    subject.rule_counts[rule.id, "valid"] += 1
    expect_status(answer, 200)


def _any_legal(subject: CheckContext) -> None:
    subject.require_spending()
    key = subject.keys.new_key()

    def accepted(body: Body) -> None:
        expect_status(subject.create(body, key), 200)

    subject.check_property(valid_requests(), accepted)


def _any_fault(subject: CheckContext) -> None:
    free = faulty_requests().filter(lambda fault: subject.target.budget.is_free(fault.body))
    subject.check_property(free, partial(_refuses, subject, subject.keys.new_key()))


def _free_pairs(subject: CheckContext) -> st.SearchStrategy[tuple[Body, tuple[Rule, Rule]]]:
    """Requests with two faults that cost nothing, whatever the server makes of them."""
    return twice_faulty_requests().filter(lambda found: subject.target.budget.is_free(found[0]))


def _two_faults(subject: CheckContext) -> None:
    key = subject.keys.new_key()

    def refused(found: tuple[Body, tuple[Rule, Rule]]) -> None:
        body, rules = found
        answer = expect_status(subject.create(body, key), 400)
        codes = {CODES.get(rule.id, INVALID_REQUEST.code) for rule in rules}
        if error_object(answer).get("code") not in codes:
            raise Mismatch(" or ".join(sorted(codes)), answer.summary)

    subject.check_property(_free_pairs(subject), refused)


def _first_fault(subject: CheckContext) -> None:
    key = subject.keys.new_key()

    def described(found: tuple[Body, tuple[Rule, Rule]]) -> None:
        body, _ = found
        answer = expect_status(subject.create(body, key), 400)
        first = faults(body)[0].breach.field
        if error_object(answer).get("param") != first:
            raise Mismatch(f"an error about {first}, the first fault in our order", answer.summary)

    subject.check_property(_free_pairs(subject), described)


def _as_asked(subject: CheckContext) -> None:
    """Complete tasks, and compare the video with what was asked for."""
    subject.require_spending()
    steering = subject.require_control()

    def rendered(body: Body) -> None:
        key = subject.keys.new_key()
        steering.open_account(key)
        task_id = subject.create_task(body, key)
        steering.advance_clock(key, LONG)
        video = subject.read_task(task_id, key).get("video")
        if not isinstance(video, dict):
            raise Mismatch("a completed task with its video", repr(video))
        asked = _asked(body)
        got = {name: video.get(name) for name in asked}
        if asked != got:
            raise Mismatch(f"a video of {asked}", repr(got))

    patient = valid_requests().map(lambda body: put(body, "execution_expires_after", 259_200))
    subject.check_property(patient, rendered)


def _asked(body: Body) -> dict[str, object]:
    """Return what a request fixes of its video; what the model chooses is left out."""
    read = {name: _value(body, name) for name in ("duration", "resolution", "aspect_ratio")}
    size = PIXELS.get((read["resolution"], read["aspect_ratio"]))
    long = {} if read["duration"] == -1 else {"duration": read["duration"]}
    return long if size is None else {**long, "width": size[0], "height": size[1]}


def _value(body: Body, name: str) -> Any:
    sent = [body[spelling] for spelling in FIELDS[name].spellings if spelling in body]
    return sent[0] if sent else FIELDS[name].default


def _continues(subject: CheckContext) -> None:
    """Complete a task, then continue it by its id."""
    subject.require_spending()
    steering = subject.require_control()
    key, stranger = subject.keys.key_pair()
    steering.open_account(key)
    first = subject.create_task(request(TEXT_TO_VIDEO), key)
    body = {"model": FAMILY[0].id, "operation": VIDEO_EXTENSION.name, "task_id": first}
    expect_status(subject.create(body, key), 400)
    steering.advance_clock(key, LONG)
    expect_status(subject.create(body, stranger), 400)
    expect_status(subject.create(body, key), 200)
    for rule_id in CONTINUED:
        subject.rule_counts[rule_id, "valid"] += 1


SECRET = "harbour-7f3a9c"
"""What only the client of a check says."""


def _discreet(subject: CheckContext) -> None:
    """Be refused for another field, and look for the prompt and the media in the refusal."""
    body = {
        **request(IMAGE_TO_VIDEO),
        "prompt": f"A kite above {SECRET}",
        "image_url": f"https://example.com/{SECRET}.png",
        "duration": 3,
    }
    answer = expect_status(subject.create(body, subject.keys.new_key()), 400)
    if SECRET.encode() in answer.body:
        raise Mismatch("a refusal that repeats neither prompt nor media URL", answer.summary)


def _json_forms(subject: CheckContext) -> None:
    """Send one request as JSON that looks different and says the same."""
    subject.require_spending()
    key = subject.keys.new_key()
    body = request(TEXT_TO_VIDEO)
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in str(body["prompt"]))
    forms = (
        json.dumps({name: body[name] for name in reversed(list(body))}),
        json.dumps(body, indent=4) + "\r\n\t ",
        json.dumps(body).replace(str(body["prompt"]), escaped),
    )
    for form in forms:
        expect_status(subject.create(form.encode(), key), 200)


BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "cut": b'{"model": "seedance-2.0", "prompt": "a',
    "array": b"[]",
    "string": b'"seedance-2.0"',
    "null": b"null",
    "number": b"1",
    "not-utf-8": b'{"model": "seedance-2.0", "prompt": "\xff"}',
    "nan": b'{"model": "seedance-2.0", "prompt": "a", "seed": NaN}',
    "two-documents": b'{"model": "seedance-2.0-turbo"} {}',
}
"""Bodies that are no JSON object, by name."""


def _body(name: str, subject: CheckContext) -> None:
    answer = subject.create(BODIES[name], subject.keys.new_key())
    expect_status(answer, 400, INVALID_REQUEST.code)


def _case(name: str, requirement: str, source: Source, level: Level = Level.MUST) -> Case:
    return Case(id=name, group=GROUP, level=level, requirement=requirement, source=source)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


CHECKS = (
    *(
        ServerCheck(
            case=_case(rule.id, _sentence(rule.says()), rule.source), run=partial(_rule, rule)
        )
        for rule in RULES
    ),
    ServerCheck(
        case=_case(
            "requests.any-legal",
            "Any legal request is accepted, however it is spelled.",
            page("create-video"),
        ),
        run=_any_legal,
    ),
    ServerCheck(
        case=_case(
            "requests.any-fault",
            "One fault is enough to refuse any request, and the refusal names its field.",
            openapi("ValidationError"),
        ),
        run=_any_fault,
    ),
    ServerCheck(
        case=_case(
            "requests.two-faults",
            "A request with two faults is refused for one of them.",
            openapi("ValidationError"),
        ),
        run=_two_faults,
    ),
    ServerCheck(
        case=_case(
            "requests.first-fault",
            "Of two faults the error describes the first in the order of the rules.",
            assumed("which of several faults the error describes"),
        ),
        run=_first_fault,
    ),
    ServerCheck(
        case=_case(
            "requests.as-asked",
            "A video has the length and the size that were asked for: never downgraded.",
            page("create-video"),
        ),
        run=_as_asked,
    ),
    ServerCheck(
        case=_case(
            "requests.continued",
            "A completed task of the same key can be continued, and no other.",
            openapi("VideoGenerationRequest.task_id"),
        ),
        run=_continues,
    ),
    ServerCheck(
        case=_case(
            "requests.json-forms",
            "Order, white space and escapes of JSON do not matter.",
            page("create-video"),
        ),
        run=_json_forms,
    ),
    ServerCheck(
        case=_case(
            "requests.discreet",
            "A refusal repeats neither the prompt nor a media URL.",
            page("error-handling"),
        ),
        run=_discreet,
    ),
    *(
        ServerCheck(
            case=_case(
                f"requests.body-{name}",
                f"A body that is no JSON object is refused: {name}.",
                openapi("BadRequest"),
            ),
            run=partial(_body, name),
        )
        for name in BODIES
    ),
)
