"""The Volc-compatible routes under /api/v3: keys, rules and states."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from seedance_contract.case import Case, Group, Level, Mismatch
from seedance_contract.declared.errors import INVALID_KEY, TASK_NOT_FOUND
from seedance_contract.declared.operations import Body
from seedance_contract.declared.sources import assumed, openapi, page
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.fields import V3_FIELDS
from seedance_contract.declared.v3.routes import V3_DELETE, V3_ENDPOINTS, V3_READ
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.derived.v3.strategies import (
    BREAKABLE_V3_RULES,
    InvalidV3Request,
    invalid_v3_requests,
    names_for,
    valid_v3_requests,
)
from seedance_contract.derived.v3.v3_validation import v3_violations
from seedance_contract.server.check_context import CheckContext, ServerCheck, server_check
from seedance_contract.server.http.exchange import member
from seedance_contract.server.responses.create_expectations import expect_unchanged_funds
from seedance_contract.server.responses.response_checks import expect_status
from seedance_contract.server.responses.v3_expectations import (
    EXAMPLE_V3_TASK_ID,
    create_v3_task,
    expect_v3_error,
    read_v3_task,
    send_about_v3_task,
    send_v3_create,
)

GROUP = Group(name="v3", prefix="v3", title="v3")
"""The check of a rule has the id of the rule, such as `v3.duration.range`."""

BODY = example_v3_request()

# Should a server ignore the wrong key, it still has to refuse this body.
UNBILLABLE_BODY = {**BODY, "duration": 99}

WRONG_KEYS: Mapping[str, tuple[str | None, str]] = {
    "no": (None, "no Authorization header"),
    "management": ("Bearer mt-test", "a management key"),
    "signature": (
        "HMAC-SHA256 Credential=AKLT/20260102/cn-beijing/ark/request, Signature=00",
        "a signature with an access key",
    ),
}
"""Values of the Authorization header that are not an API key, and what they are, by name."""

POLL_SECONDS = 1.0
"""Real seconds between two reads if the clock cannot be moved."""

END_SECONDS = 10 * 86_400.0
"""Seconds on an account's clock after which any task has ended."""

ORDER = ("queued", "running", "succeeded")
"""The states of a task that nobody cancels and that does not fail."""


def _wrong_key(name: str, context: CheckContext) -> None:
    authorization, _ = WRONG_KEYS[name]
    headers = {} if authorization is None else {"Authorization": authorization}
    for endpoint in V3_ENDPOINTS:
        path = endpoint.path.format(id=EXAMPLE_V3_TASK_ID)
        body = UNBILLABLE_BODY if endpoint.method == "POST" else None
        response = context.target.send(endpoint.method, path, headers=headers, body=body)
        expect_v3_error(response, 401, v3_form(INVALID_KEY).code, cause="key-not-required")
        context.exercised += 1


def _rule(rule: V3Rule, context: CheckContext) -> None:
    key = context.open_account()
    body = example_v3_request(names_for(rule)[0])
    for invalid in filter(partial(_breaks_only, rule), rule.invalid_bodies(body)):
        _expect_refusal(context, key, InvalidV3Request(invalid, rule))
        context.exercised += 1
    expect_unchanged_funds(context, key)
    context.require_spending()
    for valid in itertools.filterfalse(v3_violations, rule.valid_bodies(body)):
        create_v3_task(context, key, valid)
        context.exercised += 1


def _breaks_only(rule: V3Rule, body: Body) -> bool:
    return {violation.rule.id for violation in v3_violations(body)} == {rule.id}


def _expect_refusal(context: CheckContext, key: str, invalid: InvalidV3Request) -> None:
    """Send a request that breaks one rule. Raises Mismatch if the error is not about that rule."""
    response = send_v3_create(context, key, invalid.body)
    is_model = invalid.rule.id == "v3.model.known"
    expect_v3_error(response, 404 if is_model else 400, cause="invalid-request-accepted")
    param = member(response.json, "error", "param")
    fields = {violation.breach.field for violation in v3_violations(invalid.body)}
    # Which item of `content` an error names, and how deep the path goes, is not documented.
    tops = {field.partition("[")[0].partition(".")[0] for field in fields}
    if str(param).partition("[")[0].partition(".")[0] not in tops:
        expected = f"an error that names {' or '.join(sorted(fields))}"
        raise Mismatch(expected, response.summary, cause="wrong-error")


def _any_valid_request(context: CheckContext) -> None:
    context.require_spending()
    key = context.open_account()

    def is_accepted(body: dict[str, Any]) -> None:
        create_v3_task(context, key, body)

    context.check_property(valid_v3_requests(), is_accepted)


def _any_violation(context: CheckContext) -> None:
    key = context.open_account()
    context.check_property(invalid_v3_requests(), partial(_expect_refusal, context, key))


def _nulls(context: CheckContext) -> None:
    context.require_spending()
    create_v3_task(context, context.open_account(), {**BODY, **dict.fromkeys(V3_FIELDS)})
    context.exercised += 1


def _states(context: CheckContext) -> None:
    """Read one task from its creation to its end."""
    context.require_spending()
    key = context.open_account()
    task_id = create_v3_task(context, key, BODY)
    rank = 0
    pauses = _pauses(context, key)
    while ORDER[rank] != ORDER[-1]:
        rank = _read_rank(context, task_id, key, rank)
        if rank < len(ORDER) - 1 and not next(pauses):
            raise Mismatch("an end", f"{ORDER[rank]}", cause="task-never-ends")
    _expect_result(context, read_v3_task(context, task_id, key))


def _read_rank(context: CheckContext, task_id: str, key: str, rank: int) -> int:
    """Return the place of a task's status in `ORDER`. Raises Mismatch if it is before `rank`."""
    task = read_v3_task(context, task_id, key)
    context.exercised += 1
    status = str(task.get("status"))
    if status not in ORDER[rank:]:
        raise Mismatch(f"{ORDER[rank]} or later", status, cause="status-goes-back")
    if task.get("id") != task_id:
        raise Mismatch(f"the id {task_id}", f"{task.get('id')}", cause="task-not-found")
    return ORDER.index(status)


def _pauses(context: CheckContext, key: str) -> Iterator[bool]:
    """Wait between two reads. Yields False once a task should have ended."""
    deadline = time.monotonic() + context.task_timeout
    seconds = 1.0
    while True:
        if context.control is None:
            time.sleep(POLL_SECONDS)
            yield time.monotonic() < deadline
        else:
            context.control.advance_clock(key, seconds)
            yield seconds < END_SECONDS
            # Twice as long each time: some servers let a task run for minutes.
            seconds *= 2


def _expect_result(context: CheckContext, task: Mapping[str, Any]) -> None:
    expected = {"ratio": BODY["ratio"], "resolution": "720p", "duration": str(BODY["duration"])}
    actual = {name: task.get(name) for name in expected}
    if actual != expected:
        raise Mismatch(f"a video of {expected}", f"{actual}", cause="video-differs")
    url = member(task, "content", "video_url")
    if not isinstance(url, str):
        raise Mismatch("content.video_url, a URL", f"{url!r}", cause="task-incomplete")
    expect_status(context.target.send("GET", url), 200, cause="task-incomplete")


def _unknown_task(context: CheckContext) -> None:
    key = context.open_account()
    for endpoint in (V3_READ, V3_DELETE):
        response = send_about_v3_task(context, endpoint, EXAMPLE_V3_TASK_ID, key)
        expect_v3_error(response, 404, v3_form(TASK_NOT_FOUND).code)
        context.exercised += 1


def _rule_check(rule: V3Rule) -> ServerCheck:
    text = rule.requirement()
    case = Case(
        id=rule.id,
        group=GROUP.title,
        level=Level.MUST,
        requirement=text[0].upper() + text[1:] + ".",
        source=rule.source,
    )
    return ServerCheck(case=case, run=partial(_rule, rule), cause="invalid-request-accepted")


_check: Callable[..., ServerCheck] = partial(server_check, GROUP)
_TASK = openapi("GET /api/v3/contents/generations/tasks/{id}")

CHECKS = (
    *map(_rule_check, BREAKABLE_V3_RULES),
    *(
        _check(
            f"{name}-key",
            f"A request with {description} is refused with 401.",
            page("migration"),
            partial(_wrong_key, name),
            cause="key-not-required",
            safe=True,
        )
        for name, (_, description) in WRONG_KEYS.items()
    ),
    _check(
        "any-legal",
        "Every legal request is accepted.",
        page("create-volc"),
        _any_valid_request,
        cause="valid-request-refused",
    ),
    _check(
        "any-fault",
        "A request that breaks one rule is refused, and the error names its field.",
        openapi("VolcSeedanceError.param"),
        _any_violation,
        cause="invalid-request-accepted",
        safe=True,
    ),
    _check(
        "nulls",
        "A field that is null is as if it were absent.",
        assumed("what null means in a request: the SDKs of the model's maker send it"),
        _nulls,
        cause="valid-request-refused",
    ),
    _check(
        "states",
        "A task is queued, runs and succeeds, never goes back, and has its video in the end.",
        _TASK,
        _states,
        cause="task-incomplete",
    ),
    _check(
        "unknown-task",
        "A task that does not exist is a 404.",
        assumed("how v3 responds to the id of no task"),
        _unknown_task,
        cause="wrong-error",
    ),
)
