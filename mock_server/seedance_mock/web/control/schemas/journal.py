"""The responses about requests and checks as JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.case import Level, Verdict
from seedance_mock.service.journal.entries import JOURNAL_PLACES
from seedance_mock.web.control.schemas.parts import (
    NOW,
    REQUEST_ID,
    SECONDS,
    TASK_ID,
    Schema,
    any_members,
    boolean,
    choice,
    integer,
    list_of,
    members,
    nullable,
    number,
    reference,
    text,
)

_JOURNAL_ENTRY = members(
    {
        "number": integer(7, "counts the requests"),
        "request_id": text(REQUEST_ID),
        "account": nullable(text("key-1"), is_null=False),
        "time": number(NOW, f"the time of the account, {SECONDS}"),
        "received": number(1234.5, "when its first byte was read, by a monotonic clock"),
        "answered": nullable(number(1234.6), is_null=False),
        "connection": integer(3),
        "turn": integer(1),
        "method": text("POST"),
        "target": text("/v1/videos/generations", "without what may be a secret"),
        "place": nullable(choice(JOURNAL_PLACES), is_null=False),
        "authorized": boolean(True),
        "task_id": nullable(text(TASK_ID), is_null=False),
        "status": nullable(integer(200), is_null=False),
        "code": nullable(text("rate_limit_exceeded")),
        "task_status": nullable(text("pending"), is_null=False),
        "fault": nullable(text("create-503")),
        "applied": nullable(boolean(False)),
        "rules": list_of(text("duration.range")),
        "warnings": list_of(text("ratio is an alias of aspect_ratio")),
        "request": nullable(any_members({"model": "seedance-2.0", "prompt": "(12 characters)"})),
        "started": number(NOW, f"by the clock of the machine, {SECONDS}"),
        "host": nullable(text("127.0.0.1:8000"), is_null=False),
        "complete": boolean(True),
        "job": nullable(text("3c39647a1b059e27", "equal for equal bodies")),
        "response": nullable(
            any_members({"retry_after": "3", "error": {"retryable": True}}, "what it demands")
        ),
        "exposed": list_of(text("target"), "where else the key was"),
        "client_request_id": nullable(text("20260401120000ABCDEF", "X-Client-Request-Id of v3")),
        "callback": nullable(
            members(
                {
                    "delivery": text("cgt-20260401120000-abcde-1", "see /_mock/deliveries"),
                    "attempt": integer(1, "counts the attempts of the delivery"),
                    "problem": nullable(text("no response within 5 s")),
                }
            )
        ),
    }
)

_MESSAGE = members(
    {
        "headers": list_of({**list_of(text("accept")), "minItems": 2, "maxItems": 2}),
        "body": text('{"model": "seedance-2.0"}'),
        "truncated": boolean(False),
    }
)

_REQUEST_MEMBERS: Mapping[str, Schema] = {
    "request_id": text(REQUEST_ID),
    "why": list_of(text("No fault was injected.")),
    "entry": reference("JournalEntry"),
}

_CHECK = members(
    {
        "id": text("no-blind-create"),
        "level": choice([*Level]),
        "verdict": choice(
            [
                Verdict.FAIL,
                Verdict.NON_STRICT,
                Verdict.PASS,
                Verdict.UNEXERCISED,
                Verdict.BROKEN,
            ]
        ),
        "requirement": text("The client sends a create again only if it had no effect."),
        "explanation": text("Expected 1 create request for the job; got another one after a 504."),
        "fix": text("Do not let a retry policy cover POST /v1/videos/generations."),
        "source": text("page: error-handling"),
        "cause": text("blind-create-retry"),
        "title": text("A create is repeated although the first one may have succeeded"),
        "hints": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "examples": [{"python": "Retry(total=3, allowed_methods={'GET'})"}],
        },
        "requests": list_of(text(REQUEST_ID)),
    }
)

_ARCHIVE: Schema = members(
    {
        "log": members(
            {
                "version": {"const": "1.2"},
                "creator": members({"name": text("seedance-mock"), "version": text("0.1.0")}),
                "entries": list_of(any_members({"time": 1.5}, "see HAR 1.2, entries")),
            }
        )
    }
)

JOURNAL_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "JournalEntry": _JOURNAL_ENTRY,
        "JournalPage": members(
            {
                "entries": list_of(reference("JournalEntry")),
                "next": nullable(integer(1_000), is_null=False),
                "latest": integer(7, "the number of the newest entry, 0 if there was none"),
            }
        ),
        "ExplainedRequest": members(_REQUEST_MEMBERS),
        "Message": _MESSAGE,
        "RequestDetails": members(
            {
                **_REQUEST_MEMBERS,
                "content": nullable(
                    members(
                        {
                            "request": reference("Message"),
                            "response": nullable(reference("Message"), is_null=False),
                        }
                    )
                ),
            }
        ),
        "Archive": _ARCHIVE,
        "Check": _CHECK,
        "CheckReport": members(
            {
                "account": text("key-1"),
                "after": integer(0),
                "requests": integer(12, "how many were judged"),
                "truncated": boolean(False, "whether there are earlier ones"),
                "checks": list_of(reference("Check")),
            }
        ),
    }
)
"""The schemas by name."""
