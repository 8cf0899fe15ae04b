"""Requests: every rule of the create request on its valid and on its invalid side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

from hypothesis import strategies as st

from seedance_contract.case import Case, Group, Level, Mismatch
from seedance_contract.declared.contract import RULES
from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.models import EXAMPLE_MODEL
from seedance_contract.declared.operations import (
    IMAGE_TO_VIDEO,
    TEXT_TO_VIDEO,
    VIDEO_EXTENSION,
    Body,
)
from seedance_contract.declared.rules.rule import Rule, with_value
from seedance_contract.declared.sources import assumed, openapi, page
from seedance_contract.derived.strategies import (
    boundary_requests,
    doubly_invalid_requests,
    invalid_requests,
    rules_with_boundaries,
    valid_requests,
)
from seedance_contract.derived.validation import violations
from seedance_contract.server.check_context import CheckContext, ServerCheck, Stage, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.responses.create_expectations import (
    error_code,
    expect_accepted,
    expect_unchanged_funds,
    expect_violation,
    requested_properties,
)
from seedance_contract.server.responses.response_checks import error_object, expect_status
from seedance_contract.server.rule_coverage import untested_sides

GROUP = Group(name="requests", prefix="requests", title="requests")
"""The check of a rule has the id of the rule, such as `duration.range`: a rule has one id from its
declaration to the report. All other checks of the group have its prefix."""

TASK_END_SECONDS = 10 * 86_400.0
"""Seconds on an account's clock after which any task has ended. A task waits for three days at
most: that is the maximum of `execution_expires_after`."""

RULES_TESTED_BY_CONTINUATION = ("task_id.type", "task_id.length", "video-extension.one-source")
"""Rules whose valid side needs a completed task. Only `requests.continued` has one."""


def _rule(rule: Rule, context: CheckContext) -> None:
    key = context.open_account()

    def is_accepted(body: Body) -> None:
        response = context.send_create(body, key)
        context.rule_counts.add(rule.id, "valid")
        expect_status(response, 200, cause="valid-request-refused")

    context.check_property(invalid_requests(rule), partial(expect_violation, context, key))
    expect_unchanged_funds(context, key)
    if rule in rules_with_boundaries() and context.target.budget.allows_spending:
        context.check_property(boundary_requests(rule), is_accepted)


def _any_valid_request(context: CheckContext) -> None:
    context.require_spending()
    key = context.open_account()
    context.check_property(valid_requests(), partial(expect_accepted, context, key))


def _any_violation(context: CheckContext) -> None:
    free_requests = invalid_requests().filter(
        lambda invalid: context.target.budget.is_free(invalid.body)
    )
    key = context.open_account()
    context.check_property(free_requests, partial(expect_violation, context, key))


def _free_doubly_invalid_requests(
    context: CheckContext,
) -> st.SearchStrategy[tuple[Body, tuple[Rule, Rule]]]:
    return doubly_invalid_requests().filter(
        lambda example: context.target.budget.is_free(example[0])
    )


def _two_violations(context: CheckContext) -> None:
    key = context.open_account()

    def is_rejected(example: tuple[Body, tuple[Rule, Rule]]) -> None:
        body, rules = example
        response = expect_status(context.send_create(body, key), 400)
        codes = sorted({error_code(rule) for rule in rules})
        if error_object(response).get("code") not in codes:
            raise Mismatch(" or ".join(codes), response.summary)

    context.check_property(_free_doubly_invalid_requests(context), is_rejected)


def _first_violation(context: CheckContext) -> None:
    key = context.open_account()

    def is_described(example: tuple[Body, tuple[Rule, Rule]]) -> None:
        body, _ = example
        response = expect_status(context.send_create(body, key), 400)
        field = violations(body)[0].breach.field
        if error_object(response).get("param") != field:
            expected = f"an error about {field}, the first violation in the order of our rules"
            raise Mismatch(expected, response.summary)

    context.check_property(_free_doubly_invalid_requests(context), is_described)


def _video_as_requested(context: CheckContext) -> None:
    """Complete tasks, and compare each video with its request."""
    context.require_spending()
    control = context.require_control()

    def is_rendered(body: Body) -> None:
        key = context.open_account()
        task_id = context.create_task(body, key)
        control.advance_clock(key, TASK_END_SECONDS)
        video = context.read_task(task_id, key).get("video")
        if not isinstance(video, dict):
            raise Mismatch("a completed task with its video", repr(video))
        expected = requested_properties(body)
        actual = {name: video.get(name) for name in expected}
        if expected != actual:
            raise Mismatch(f"a video of {expected}", repr(actual))

    # A task that waits longer than this limit expires and has no video, so the limit is raised to
    # its maximum.
    lasting_requests = valid_requests().map(
        lambda body: with_value(body, "execution_expires_after", 259_200)
    )
    context.check_property(lasting_requests, is_rendered)


def _continuation(context: CheckContext) -> None:
    """Complete a task, then continue it by its id."""
    context.require_spending()
    control = context.require_control()
    key, stranger_key = context.open_two_accounts()
    task_id = context.create_task(example_request(TEXT_TO_VIDEO), key)
    body = {"model": EXAMPLE_MODEL, "operation": VIDEO_EXTENSION.name, "task_id": task_id}
    expect_status(context.send_create(body, key), 400)
    control.advance_clock(key, TASK_END_SECONDS)
    expect_status(context.send_create(body, stranger_key), 400)
    expect_status(context.send_create(body, key), 200)
    context.exercised += 3
    for rule_id in RULES_TESTED_BY_CONTINUATION:
        context.rule_counts.add(rule_id, "valid")


SECRET = "harbour-7f3a9c"
"""A text that no server can know but from the request."""


def _no_echo(context: CheckContext) -> None:
    """Send an invalid duration, and look for the prompt and the media URL in the error."""
    body = {
        **example_request(IMAGE_TO_VIDEO),
        "prompt": f"A kite above {SECRET}",
        "image_url": f"https://example.com/{SECRET}.png",
        "duration": 3,
    }
    response = expect_status(context.send_create(body, context.open_account()), 400)
    context.exercised += 1
    if SECRET.encode() in response.body:
        raise Mismatch("an error with neither the prompt nor the media URL", response.summary)


def _json_forms(context: CheckContext) -> None:
    """Send one request in several JSON texts that have the same value."""
    context.require_spending()
    key = context.open_account()
    body = example_request(TEXT_TO_VIDEO)
    escaped_prompt = "".join(f"\\u{ord(letter):04x}" for letter in str(body["prompt"]))
    texts = (
        json.dumps({name: body[name] for name in reversed(list(body))}),
        json.dumps(body, indent=4) + "\r\n\t ",
        json.dumps(body).replace(str(body["prompt"]), escaped_prompt),
    )
    for text in texts:
        expect_status(context.send_create(text.encode(), key), 200)
        context.exercised += 1


MALFORMED_BODIES: Mapping[str, bytes] = {
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
"""Bodies that are not a JSON object, by name."""


def _malformed_body(name: str, context: CheckContext) -> None:
    response = context.send_create(MALFORMED_BODIES[name], context.open_account())
    context.exercised += 1
    expect_status(response, 400, INVALID_REQUEST.code)


def _rules_covered(context: CheckContext) -> None:
    missing = untested_sides(context.rule_counts)
    context.exercised = context.rule_counts.total()
    if missing:
        sides = "; ".join(f"{rule} ({', '.join(sides)})" for rule, sides in missing.items())
        raise UnexercisedError(f"not tested: {sides}")


def _rule_check(rule: Rule) -> ServerCheck:
    text = rule.requirement()
    case = Case(
        id=rule.id,
        group=GROUP.title,
        level=Level.MUST,
        requirement=text[0].upper() + text[1:] + ".",
        source=rule.source,
    )
    return ServerCheck(case=case, run=partial(_rule, rule), cause="invalid-request-accepted")


_check = partial(server_check, GROUP)

CHECKS = (
    *map(_rule_check, RULES),
    _check(
        "any-legal",
        "Every legal request is accepted, in any spelling of its fields.",
        page("create-video"),
        _any_valid_request,
        cause="valid-request-refused",
    ),
    _check(
        "any-fault",
        "A request that breaks one rule is refused, and the error names its field.",
        openapi("ValidationError"),
        _any_violation,
        cause="invalid-request-accepted",
        safe=True,
    ),
    _check(
        "two-faults",
        "A request that breaks two rules is refused because of one of them.",
        openapi("ValidationError"),
        _two_violations,
        cause="invalid-request-accepted",
        safe=True,
    ),
    _check(
        "first-fault",
        "If a request breaks two rules, the error describes the first in the order of the rules.",
        assumed("which of several faults the error describes"),
        _first_violation,
        cause="wrong-error",
    ),
    _check(
        "video-as-requested",
        "A video has the requested length and size. It is never downgraded.",
        page("create-video"),
        _video_as_requested,
        cause="video-differs",
        safe=True,
    ),
    _check(
        "continued",
        "A request can continue a completed task of its own key, and no other task.",
        openapi("VideoGenerationRequest.task_id"),
        _continuation,
        cause="continuation-wrong",
        safe=True,
    ),
    _check(
        "json-forms",
        "The order of members, white space and escapes in JSON do not matter.",
        page("create-video"),
        _json_forms,
        cause="valid-request-refused",
    ),
    _check(
        "discreet",
        "An error repeats neither the prompt nor a media URL.",
        page("error-handling"),
        _no_echo,
        cause="prompt-disclosed",
        safe=True,
    ),
    *(
        _check(
            f"body-{name}",
            f"A body that is not a JSON object is refused: {name}.",
            openapi("BadRequest"),
            partial(_malformed_body, name),
            cause="malformed-body-accepted",
        )
        for name in MALFORMED_BODIES
    ),
    # Last, because it looks at what the checks above have tested.
    _check(
        "covered",
        "Every documented rule was tested on its valid and on its invalid side.",
        page("create-video"),
        _rules_covered,
        stage=Stage.REVIEW,
    ),
)
