"""REQ: the create request itself, and what a client does when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import FAILS, KEEPS_MODEL, ONE_CREATE
from seedance_contract.client.record import KEY, Exchange, Record
from seedance_contract.client.scene import (
    EXIT,
    Scene,
    Unexercised,
    generate,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.traffic import created, said, sent_body, struck, success, told
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.reading import read
from seedance_contract.declared.sources import Weight, guide, openapi, page
from seedance_contract.derived.check import Violation, faults

GROUP = "REQ Request shape"

UNDOCUMENTED = "request.known"
"""The rule about fields that no document mentions."""


def _is_json(record: Record) -> None:
    for one in created(record):
        kinds = [value.partition(";")[0].strip().lower() for value in one.header("content-type")]
        if not sent_body(one) or "\ufffd" in one.body:
            raise Mismatch(expected="one JSON object in UTF-8", actual="another body")
        if kinds != ["application/json"]:
            raise Mismatch(expected="Content-Type: application/json", actual=str(kinds))
        if not _framed(one):
            raise Mismatch(expected="a right length, or chunks", actual="another length")


def _framed(one: Exchange) -> bool:
    lengths = one.header("content-length")
    if one.header("transfer-encoding"):
        return not lengths
    true = str(len(one.body.encode()))
    # A key in the body was replaced by its name, so that its length says nothing.
    return len(lengths) == 1 and (lengths == [true] or KEY in one.body)


def _bodies(record: Record) -> list[Mapping[str, Any]]:
    """Return the bodies of the creates that took up the job. Raises Unexercised for none."""
    taken = [sent_body(one) for one in created(record) if one.job is not None]
    if not taken:
        raise Unexercised("the client does not take the job it is given")
    return taken


def _as_asked(record: Record) -> None:
    wanted = record.job["request"]
    for body in _bodies(record):
        sent = read(body).body
        for name, value in wanted.items():
            if sent.get(name) != value:
                raise Mismatch(expected=f"{name}: {value!r}", actual=repr(sent.get(name)))


def _breaches(record: Record) -> list[Violation]:
    return [one for create in created(record) for one in faults(sent_body(create))]


def _valid(record: Record) -> None:
    for one in _breaches(record):
        documented = one.rule.source.weight is Weight.DOCUMENTED
        if documented and one.rule.id != UNDOCUMENTED:
            raise Mismatch(expected=one.rule.says(), actual=one.breach.message)


def _known_fields(record: Record) -> None:
    if unknown := [one.breach.field for one in _breaches(record) if one.rule.id == UNDOCUMENTED]:
        raise Mismatch(expected="documented fields only", actual=", ".join(unknown))


def _assumed_rules(record: Record) -> None:
    for one in _breaches(record):
        if one.rule.source.weight is Weight.ASSUMED:
            raise Mismatch(expected=one.rule.says(), actual=one.breach.message)


def _aliases_agree(record: Record) -> None:
    for body in _bodies(record):
        for field in (FIELDS[name] for name in ("duration", "aspect_ratio", "output_audio")):
            sent = {name: body[name] for name in (field.name, *field.aliases) if name in body}
            if any(value != next(iter(sent.values())) for value in sent.values()):
                raise Mismatch(expected="one value under all names", actual=str(sent))


def _names_operation(record: Record) -> None:
    if any("operation" not in sent_body(one) for one in created(record)):
        raise Mismatch(expected="an operation", actual="none")


def _unaltered(record: Record) -> None:
    bodies = [sent_body(one) for one in record.creates]
    if bodies and not any(one.job for one in record.creates):
        raise Unexercised("the client does not take the job it is given")
    for body in bodies:
        for name in ("model", "resolution"):
            if body.get(name) != record.job["request"][name]:
                raise Mismatch(expected=record.job["request"][name], actual=str(body.get(name)))
    if len(bodies) > 1:
        raise Mismatch(expected="1 create request at most", actual=str(len(bodies)))


def _refusal_told(record: Record) -> None:
    if record.creates and not any(one.job for one in record.creates):
        raise Unexercised("the client does not take the job it is given")
    if record.killed or success(record):
        raise Mismatch(expected="an error", actual="none")


def _hint_shown(record: Record) -> None:
    hint = told(struck(record, "create")[0]).get("error", {}).get("did_you_mean")
    if not isinstance(hint, str):
        raise Unexercised("the client was given no hint")
    if hint not in said(record):
        raise Mismatch(expected=f"the hint {hint!r}", actual="not shown")


scene = group(GROUP)

SMALL = "clock-polls after-1polls"


def _unusual_error(variant: str, requirement: str) -> Scene:
    name = "REQ-08" if variant == "bare" else f"REQ-08-{variant}"
    return scene(
        name,
        Level.SHOULD,
        requirement,
        page("error-handling, agent-first-api"),
        f"create-model-not-allowedx0 refusal-{variant}",
        ONE_CREATE,
        FAILS,
        needs=EXIT,
    )


SCENES = (
    scene(
        "REQ-01",
        Level.MUST,
        "The body is one JSON object in UTF-8, called so, and of the announced length.",
        page("create-video"),
        SMALL,
        must("json-object", "Body, Content-Type and length agree.", _is_json),
        core=True,
    ),
    scene(
        "REQ-02",
        Level.MUST,
        "What the user chose is sent as chosen.",
        page("best-practices, agent-first-api"),
        SMALL,
        must("as-asked", "No field of the job is dropped or changed.", _as_asked),
        job=generate(model="seedance-2.0", duration=6, resolution="480p"),
        core=True,
        safe=True,
    ),
    scene(
        "REQ-03",
        Level.MUST,
        "The request keeps every documented rule.",
        openapi("VideoGenerationRequest"),
        SMALL,
        must("valid", "No documented rule is broken.", _valid),
        should("documented-fields", "Every field is documented.", _known_fields),
        info("assumed-rules", "No assumed rule is broken.", _assumed_rules),
        core=True,
    ),
    scene(
        "REQ-04",
        Level.MUST,
        "Several names of one field never disagree.",
        page("create-video: aliases"),
        SMALL,
        must("aliases-agree", "Length, ratio and audio have one value each.", _aliases_agree),
        job=generate(duration=6, aspect_ratio="16:9", output_audio=False),
    ),
    scene(
        "REQ-05",
        Level.SHOULD,
        "The operation is named, not left to be guessed.",
        guide("operations"),
        SMALL,
        should("operation", "The request has an operation.", _names_operation),
        core=True,
    ),
    scene(
        "REQ-06",
        Level.MUST,
        "A resolution that the model lacks is an error, never a smaller video.",
        guide("models"),
        "ok",
        must("unaltered", "Nothing is sent, or once what was asked for.", _unaltered),
        must("ends-as-failure", "The user is told an error.", _refusal_told, timed=True),
        job=generate(model="seedance-2.0-fast", resolution="1080p"),
        needs=EXIT,
        silent=True,
        core=True,
        safe=True,
    ),
    scene(
        "REQ-07",
        Level.MUST,
        "A suggested model is shown to the user, not tried.",
        page("agent-first-api"),
        "create-create-model-not-foundx0",
        ONE_CREATE,
        KEEPS_MODEL,
        info("hint-shown", "The user is told of the suggestion.", _hint_shown),
        core=True,
        safe=True,
    ),
    _unusual_error("bare", "An error of nothing but message and type is an error."),
    _unusual_error("rich", "Unknown members of an error do no harm."),
    _unusual_error("swapped", "An error whose type and code are swapped is an error."),
    scene(
        "REQ-09",
        Level.MUST,
        "A request that is too large is not sent again.",
        page("error-handling"),
        "create-413x0",
        ONE_CREATE,
        core=True,
    ),
)
