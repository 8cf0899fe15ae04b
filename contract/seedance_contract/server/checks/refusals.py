"""Refusals: keys, paths, methods and sizes that a server does not take."""

from __future__ import annotations

from functools import partial

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.errors import (
    INVALID_KEY,
    PAYLOAD_TOO_LARGE,
    RATE_LIMITED,
    TASK_NOT_FOUND,
    TASK_NOT_OWNED,
    UNKNOWN_MODEL,
    UNKNOWN_PATH,
)
from seedance_contract.declared.examples import TASK_ID, request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    ENDPOINTS,
    GET_MODEL,
    GET_MODEL_PRICING,
    LARGEST_BODY,
    LIST_MODELS,
    LIST_PRICING,
    READ,
    READ_OLD,
    Auth,
    Endpoint,
)
from seedance_contract.declared.rules import RULES_BY_ID
from seedance_contract.declared.sources import Source, assumed, page
from seedance_contract.server.budget import UnexercisedError
from seedance_contract.server.check_context import (
    CheckContext,
    ServerCheck,
    error_object,
    expect_status,
)

GROUP = "refusals"

ILLEGAL = next(iter(RULES_BY_ID["duration.range"].broken(request(TEXT_TO_VIDEO))))
"""A body that no server may bill, for requests that must be refused before it is read."""

WRONG_KEYS = {
    "none": None,
    "basic": "Basic c2stdGVzdDo=",
    "bare": "sk-test",
    "empty": "Bearer ",
    "management": "Bearer mt-test",
    "prefix": "Bearer pk-test",
}
"""Values of the Authorization header that are no API key, by name."""


def _path(endpoint: Endpoint) -> str:
    return endpoint.path.format(id=TASK_ID, model="seedance-2.0")


def _wrong_key(name: str, subject: CheckContext) -> None:
    shown = WRONG_KEYS[name]
    headers = {} if shown is None else {"Authorization": shown}
    for endpoint in ENDPOINTS:
        if shown is None and endpoint.auth is Auth.OPTIONAL:
            continue
        body = ILLEGAL if endpoint is CREATE else None
        answer = subject.target.send(endpoint.method, _path(endpoint), headers=headers, body=body)
        expect_status(answer, 401, INVALID_KEY.code)


def _without_key(subject: CheckContext) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.auth is Auth.OPTIONAL:
            expect_status(subject.target.send(endpoint.method, _path(endpoint)), 200)


def _challenged(subject: CheckContext) -> None:
    answer = expect_status(subject.target.send("GET", _path(READ)), 401)
    if not answer.headers.get("www-authenticate", "").startswith("Bearer"):
        raise Mismatch("WWW-Authenticate: Bearer", answer.headers.get("www-authenticate", "none"))


UNKNOWN_IDS = {
    "unknown": TASK_ID,
    "malformed": "no-such-task",
    "other-family": "btx_" + "0" * 32,
    "escaped": "ldtask_%2F..%2F",
}
"""Ids that no task has, by name."""


def _unknown_task(name: str, subject: CheckContext) -> None:
    key = subject.keys.new_key()
    for endpoint in (READ, READ_OLD, CANCEL):
        path = endpoint.path.format(id=UNKNOWN_IDS[name])
        answer = subject.target.send(endpoint.method, path, key=key)
        expect_status(answer, 404, TASK_NOT_FOUND.code if name == "unknown" else None)


def _foreign_task(subject: CheckContext) -> None:
    subject.require_spending()
    owner, stranger = subject.keys.key_pair()
    task_id = subject.create_task(request(TEXT_TO_VIDEO), owner)
    for endpoint in (READ, READ_OLD, CANCEL):
        path = endpoint.path.format(id=task_id)
        answer = subject.target.send(endpoint.method, path, key=stranger)
        expect_status(answer, 403, TASK_NOT_OWNED.code)


def _unknown_path(subject: CheckContext) -> None:
    for path in ("/v1/videos", "/v2/tasks/x", "/v1/tasks/"):
        answer = expect_status(subject.target.send("GET", path, key=subject.keys.new_key()), 404)
        if error_object(answer)["type"] != UNKNOWN_PATH.type:
            raise Mismatch(f"the type {UNKNOWN_PATH.type}", answer.summary)


def _wrong_method(subject: CheckContext) -> None:
    for endpoint, allowed in ((CREATE, "POST"), (READ, "GET"), (LIST_MODELS, "GET")):
        for method in ("PUT", "PATCH"):
            path = _path(endpoint)
            answer = subject.target.send(method, path, key=subject.keys.new_key())
            expect_status(answer, 405)
            named = {one.strip() for one in answer.headers.get("allow", "").split(",")}
            if allowed not in named:
                raise Mismatch(f"Allow with {allowed}", answer.headers.get("allow", "none"))


def _too_large(subject: CheckContext) -> None:
    if subject.target.budget.limit is not None:
        raise UnexercisedError("so large a body is sent on this machine only")
    body = b'{"model": "x' + b"x" * LARGEST_BODY + b'"}'
    expect_status(subject.create(body, subject.keys.new_key()), 413, PAYLOAD_TOO_LARGE.code)


def _unknown_filter(subject: CheckContext) -> None:
    for query in ("category=smell", "view=wide", "recommended_for=nothing"):
        expect_status(subject.target.send("GET", f"{LIST_MODELS.path}?{query}"), 400)


def _missing_models(subject: CheckContext) -> None:
    for endpoint in (GET_MODEL, GET_MODEL_PRICING):
        path = endpoint.path.format(model="no-such-model")
        expect_status(subject.target.send("GET", path), 404, UNKNOWN_MODEL.code)
    expect_status(subject.target.send("GET", f"{LIST_PRICING.path}?provider=nobody"), 200)


ALLOWED = 3
"""Requests a minute, for the check that makes one more."""


def _rate_limit(subject: CheckContext) -> None:
    steering, key = subject.require_control(), subject.keys.new_key()
    steering.open_account(key)
    steering.set_rate_limit(key, ALLOWED)
    path = _path(READ)
    for _ in range(ALLOWED):
        expect_status(subject.target.send("GET", path, key=key), 404)
    answer = expect_status(subject.target.send("GET", path, key=key), 429, RATE_LIMITED.code)
    told = {name: answer.headers.get(f"x-ratelimit-{name}", "") for name in LIMIT_HEADERS}
    if not all(value.isdecimal() for value in told.values()):
        raise Mismatch("X-RateLimit-Limit, -Remaining and -Reset", f"{told}")


LIMIT_HEADERS = ("limit", "remaining", "reset")


def _case(name: str, requirement: str, source: Source, level: Level = Level.MUST) -> Case:
    return Case(id=name, group=GROUP, level=level, requirement=requirement, source=source)


_AUTH = page("authentication")

CHECKS = (
    *(
        ServerCheck(
            case=_case(f"auth.{name}", f"What is no API key is 401 everywhere: {name}.", _AUTH),
            run=partial(_wrong_key, name),
        )
        for name in WRONG_KEYS
    ),
    ServerCheck(
        case=_case("auth.public", "Models and prices need no key.", page("list-models")),
        run=_without_key,
    ),
    ServerCheck(
        case=_case("auth.challenge", "A 401 says which scheme is wanted.", assumed("RFC 9110")),
        run=_challenged,
    ),
    *(
        ServerCheck(
            case=_case(
                f"task.{name}-id",
                f"A task that does not exist is 404 by every path: {name} id.",
                page("get-task-status") if name == "unknown" else assumed("ids of another shape"),
            ),
            run=partial(_unknown_task, name),
        )
        for name in UNKNOWN_IDS
    ),
    ServerCheck(
        case=_case("task.foreign", "Another key's task is 403.", page("cancel-task")),
        run=_foreign_task,
    ),
    ServerCheck(
        case=_case("paths.unknown", "An unknown path is 404.", UNKNOWN_PATH.source),
        run=_unknown_path,
    ),
    ServerCheck(
        case=_case(
            "paths.method",
            "A wrong method is 405 and names the right ones.",
            assumed("what a known path answers to a wrong method"),
        ),
        run=_wrong_method,
    ),
    ServerCheck(
        case=_case(
            "limits.rate",
            "One request too many is 429, and the headers tell the limit.",
            page("rate-limits"),
        ),
        run=_rate_limit,
    ),
    ServerCheck(
        case=_case("body.too-large", "A body over the limit is 413.", assumed("the largest body")),
        run=_too_large,
    ),
    ServerCheck(
        case=_case(
            "catalogue.filters",
            "A filter with an unknown value is 400.",
            page("list-models"),
        ),
        run=_unknown_filter,
    ),
    ServerCheck(
        case=_case("catalogue.unknown", "An unknown model is 404.", page("get-model")),
        run=_missing_models,
    ),
)
