"""Refusals: wrong keys, unknown tasks and paths, wrong methods, and requests over a limit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.contract import RULES_BY_ID
from seedance_contract.declared.errors import (
    INVALID_KEY,
    PAYLOAD_TOO_LARGE,
    RATE_LIMITED,
    TASK_NOT_FOUND,
    TASK_NOT_OWNED,
    UNKNOWN_PATH,
)
from seedance_contract.declared.examples import EXAMPLE_TASK_ID, example_request
from seedance_contract.declared.models import EXAMPLE_MODEL
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    ENDPOINTS,
    LIST_MODELS,
    MAX_BODY_BYTES,
    READ,
    READ_LEGACY,
    Auth,
    Endpoint,
)
from seedance_contract.declared.sources import assumed, page
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.responses.response_checks import error_object, expect_status

GROUP = Group(name="refusals", prefix="refusals", title="refusals")

# Should a server ignore the wrong key, it still has to refuse this body, so nothing is billed.
UNBILLABLE_BODY = next(
    iter(RULES_BY_ID["duration.range"].invalid_bodies(example_request(TEXT_TO_VIDEO)))
)

WRONG_AUTHORIZATIONS: Mapping[str, tuple[str | None, str]] = {
    "no": (None, "no Authorization header"),
    "basic": ("Basic c2stdGVzdDo=", "the Basic scheme"),
    "bare": ("sk-test", "a key but no scheme"),
    "empty": ("Bearer ", "the Bearer scheme but no key"),
    "management": ("Bearer mt-test", "a management key"),
    "wrong-prefix": ("Bearer pk-test", "a key with an unknown prefix"),
}
"""Values of the Authorization header that are not an API key, and what they are, by name."""


def _path(endpoint: Endpoint) -> str:
    return endpoint.path.format(id=EXAMPLE_TASK_ID, model=EXAMPLE_MODEL)


def _wrong_key(name: str, context: CheckContext) -> None:
    authorization, _ = WRONG_AUTHORIZATIONS[name]
    headers = {} if authorization is None else {"Authorization": authorization}
    for endpoint in ENDPOINTS:
        if authorization is None and endpoint.auth is Auth.OPTIONAL:
            continue
        body = UNBILLABLE_BODY if endpoint is CREATE else None
        response = context.target.send(endpoint.method, _path(endpoint), headers=headers, body=body)
        expect_status(response, 401, INVALID_KEY.code)
        context.exercised += 1


def _public_endpoints(context: CheckContext) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.auth is Auth.OPTIONAL:
            expect_status(context.target.send(endpoint.method, _path(endpoint)), 200)
            context.exercised += 1


def _challenge(context: CheckContext) -> None:
    response = expect_status(context.target.send("GET", _path(READ)), 401)
    context.exercised += 1
    challenge = response.headers.get("www-authenticate", "none")
    if not challenge.startswith("Bearer"):
        raise Mismatch("WWW-Authenticate: Bearer", challenge)


UNKNOWN_TASK_IDS = {
    "unknown": EXAMPLE_TASK_ID,
    "malformed": "no-such-task",
    "other-family": "btx_" + "0" * 32,
    "escaped": "ldtask_%2F..%2F",
}
"""Ids that no task has, by name."""


def _unknown_task(name: str, context: CheckContext) -> None:
    key = context.open_account()
    for endpoint in (READ, READ_LEGACY, CANCEL):
        path = endpoint.path.format(id=UNKNOWN_TASK_IDS[name])
        response = context.target.send(endpoint.method, path, key=key)
        # The code is documented for an id of the right shape only.
        expect_status(response, 404, TASK_NOT_FOUND.code if name == "unknown" else None)
        context.exercised += 1


def _foreign_task(context: CheckContext) -> None:
    context.require_spending()
    owner_key, stranger_key = context.open_two_accounts()
    task_id = context.create_task(example_request(TEXT_TO_VIDEO), owner_key)
    for endpoint in (READ, READ_LEGACY, CANCEL):
        response = context.send_about_task(endpoint, task_id, stranger_key)
        expect_status(response, 403, TASK_NOT_OWNED.code)
        context.exercised += 1


def _unknown_path(context: CheckContext) -> None:
    key = context.open_account()
    for path in ("/v1/videos", "/v2/tasks/x", "/v1/tasks/"):
        response = expect_status(context.target.send("GET", path, key=key), 404)
        if error_object(response)["type"] != UNKNOWN_PATH.type:
            raise Mismatch(f"the type {UNKNOWN_PATH.type}", response.summary)
        context.exercised += 1


def _wrong_method(context: CheckContext) -> None:
    key = context.open_account()
    for endpoint in (CREATE, READ, LIST_MODELS):
        for method in ("PUT", "PATCH"):
            response = expect_status(context.target.send(method, _path(endpoint), key=key), 405)
            context.exercised += 1
            allow = response.headers.get("allow", "none")
            if endpoint.method not in {name.strip() for name in allow.split(",")}:
                raise Mismatch(f"Allow with {endpoint.method}", allow)


def _too_large(context: CheckContext) -> None:
    if context.target.budget.limit is not None:
        raise UnexercisedError("a body of this size is sent only to a server on this machine")
    body = b'{"model": "x' + b"x" * MAX_BODY_BYTES + b'"}'
    response = context.send_create(body, context.open_account())
    context.exercised += 1
    expect_status(response, 413, PAYLOAD_TOO_LARGE.code)


ALLOWED_REQUESTS = 3
"""Requests per minute, for the check that makes one more."""

RATE_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def _rate_limit(context: CheckContext) -> None:
    control, key = context.require_control(), context.open_account()
    control.set_rate_limit(key, ALLOWED_REQUESTS)
    path = _path(READ)
    for _ in range(ALLOWED_REQUESTS):
        expect_status(context.target.send("GET", path, key=key), 404)
    response = context.target.send("GET", path, key=key)
    context.exercised += 1
    expect_status(response, 429, RATE_LIMITED.code)
    values = {name: response.headers.get(name, "") for name in RATE_LIMIT_HEADERS}
    if not all(value.isdecimal() for value in values.values()):
        raise Mismatch("X-RateLimit-Limit, -Remaining and -Reset", f"{values}")


_check = partial(server_check, GROUP)

CHECKS = (
    *(
        _check(
            f"{name}-key",
            f"A request with {description} is refused with 401.",
            page("authentication"),
            partial(_wrong_key, name),
            cause="key-not-required",
            safe=True,
        )
        for name, (_, description) in WRONG_AUTHORIZATIONS.items()
    ),
    _check(
        "public",
        "Models and prices need no key.",
        page("list-models"),
        _public_endpoints,
        cause="valid-request-refused",
    ),
    _check(
        "challenge",
        "A 401 names the Bearer scheme in WWW-Authenticate.",
        assumed("RFC 9110"),
        _challenge,
        cause="header-lost",
    ),
    *(
        _check(
            f"{name}-task",
            f"A task that does not exist is a 404 on every path: {name} id.",
            page("get-task-status") if name == "unknown" else assumed("ids of another shape"),
            partial(_unknown_task, name),
            cause="wrong-error",
        )
        for name in UNKNOWN_TASK_IDS
    ),
    _check(
        "foreign-task",
        "A task of another workspace is a 403.",
        page("cancel-task"),
        _foreign_task,
        cause="workspaces-not-separated",
        safe=True,
    ),
    _check(
        "unknown-path",
        "An unknown path is a 404.",
        UNKNOWN_PATH.source,
        _unknown_path,
        cause="wrong-error",
    ),
    _check(
        "method",
        "A wrong method is a 405 whose Allow names the right one.",
        assumed("what a known path answers to a wrong method"),
        _wrong_method,
        cause="wrong-error",
    ),
    _check(
        "rate-limit",
        "A request over the rate limit is a 429 with X-RateLimit headers.",
        page("rate-limits"),
        _rate_limit,
        cause="retry-after-lost",
    ),
    _check(
        "too-large",
        "A body over the size limit is a 413.",
        assumed("the largest body"),
        _too_large,
        cause="wrong-error",
    ),
)
