"""Answers: what holds for every response, checked while the other groups make requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Group
from seedance_contract.declared.sources import Source, openapi, page
from seedance_contract.server.check_context import CheckContext, ServerCheck, Stage, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.responses.response_monitor import OWN_REQUEST_ID

GROUP = Group(name="answers", prefix="answers", title="answers")

REQUIREMENTS: Mapping[str, tuple[str, Source, str]] = {
    "request-id": ("Every response has an X-Request-ID.", page("observability"), "header-lost"),
    OWN_REQUEST_ID: (
        "Every response has an X-Request-ID of its own.",
        page("observability"),
        "cached-response",
    ),
    "json": (
        "Every response has the content type application/json.",
        openapi("responses"),
        "body-undocumented",
    ),
    "envelope": (
        "Every error response has an error object with a message and a documented type.",
        openapi("ApiError"),
        "error-envelope-lost",
    ),
    "error-id": (
        "Every error response repeats its X-Request-ID in the body.",
        page("observability"),
        "error-envelope-lost",
    ),
    "task-id": (
        "A response with a task names the task in X-Task-ID.",
        page("observability"),
        "header-lost",
    ),
    "no-key": ("No response repeats the API key.", page("error-handling"), "key-disclosed"),
    "no-secrets": (
        "No error response repeats a prompt or a media URL.",
        page("error-handling"),
        "prompt-disclosed",
    ),
    "retry-after": (
        "A 429 gives the seconds to wait in Retry-After, and the same in error.retry_after.",
        page("rate-limits"),
        "retry-after-lost",
    ),
    "status": (
        "Every status is documented for its endpoint.",
        openapi("responses"),
        "status-undocumented",
    ),
    "schema": ("Every body has the documented schema.", openapi("responses"), "body-undocumented"),
}
"""The requirement, the source and the cause of each response check, by its name."""

SAFE_CHECKS = frozenset({"no-key", "no-secrets", OWN_REQUEST_ID})
"""The response checks that belong to the profile SAFE: secrets, and responses of other requests."""


UNEXERCISED_REASONS: Mapping[str, str] = {
    OWN_REQUEST_ID: "no response had an X-Request-ID",
    "envelope": "no response was an error",
    "error-id": "no response was an error",
    "task-id": "no response had a task",
    "no-key": "no request had a key",
    "no-secrets": "no request with a prompt or a media URL was refused",
    "retry-after": "no response had the status 429",
    "status": "no request was for a documented endpoint",
    "schema": "no response had a documented status",
}
"""Why a check had nothing to look at, by its name; the others look at every response."""


def _monitored(name: str, context: CheckContext) -> None:
    monitor = context.monitor
    context.exercised = monitor.counts[name]
    if name in monitor.mismatches:
        mismatch, entries = monitor.mismatches[name]
        # Another check has received this response, so the report shows the log of that check.
        context.target.log.replace(entries)
        raise mismatch
    if not context.exercised:
        raise UnexercisedError(UNEXERCISED_REASONS.get(name, "no other check received a response"))


def _check(name: str) -> ServerCheck:
    requirement, source, cause = REQUIREMENTS[name]
    return server_check(
        GROUP,
        name,
        requirement,
        source,
        partial(_monitored, name),
        cause=cause,
        safe=name in SAFE_CHECKS,
        stage=Stage.REVIEW,
    )


CHECKS = tuple(map(_check, REQUIREMENTS))
