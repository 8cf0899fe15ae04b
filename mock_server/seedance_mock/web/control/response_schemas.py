"""The responses of the control API as JSON Schemas. Each member has an example.

The schemas allow no other members, so that a test notices a member that nobody has described.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.case import Level, Verdict
from seedance_contract.declared.materials.resources import AssetType, LibraryType, MaterialStatus
from seedance_contract.declared.tasks import Status
from seedance_contract.declared.v3.callbacks import CALLBACK_STATUSES
from seedance_mock.scripting.vocabulary import PLACES
from seedance_mock.settings import LIFECYCLE_NAMES
from seedance_mock.web.control.schema_parts import (
    Schema,
    amount,
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

TASK_ID = "ldtask_0123456789abcdef0123456789abcdef"
REQUEST_ID = "req_0123456789abcdef00000007"
NOW = 1_800_000_000.0

_SECONDS = "in seconds since the Unix epoch"

_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": text("No account of this name"),
                "type": text("not_found_error"),
                "code": text("not_found"),
                "request_id": text(REQUEST_ID),
                "param": text("account", "the member or parameter that is wrong"),
            },
            "required": ["message", "type", "code"],
        },
        "validation_errors": list_of(
            members({"field": text("words"), "message": text("unknown"), "code": text("invalid")}),
            "every member of the body that is wrong",
        ),
    },
    "required": ["error"],
}

_CLOCK = members(
    {
        "mode": text("real", "real, frozen, polls, or x and a factor"),
        "now": number(NOW, f"the time of the account, {_SECONDS}"),
    }
)

_KEY = members(
    {
        "digest": text("111ec7938f91420a0e0f35ca71b623d4", "in place of the key"),
        "words": text(""),
        "state": choice(["ok", "revoked", "expired"]),
        "quota_usd": nullable(amount("0.50")),
        "spent_usd": amount("0.73"),
        "requests_a_minute": nullable(integer(60)),
    }
)

_ACCOUNT_MEMBERS: Mapping[str, Schema] = {
    "name": text("key-1"),
    "words": text("create-503x2", "the script"),
    "clock": reference("Clock"),
    "granted_usd": nullable(amount("2.00"), is_null=False),
    "balance_usd": nullable(amount("1.27"), is_null=False),
    "reserved_usd": amount("0.73"),
    "charged_usd": amount("0"),
    "quota_usd": nullable(amount("0.50")),
    "requests_a_minute": nullable(integer(60)),
    "keys": list_of(reference("Key"), "the key that opened the account, then the added ones"),
}

_TASK_MEMBERS: Mapping[str, Schema] = {
    "task_id": text(TASK_ID),
    "model": text("seedance-2.0"),
    "status": choice([*Status]),
    "created": number(NOW, f"by the clock of the account, {_SECONDS}"),
    "now": number(NOW, "the time by which the task is judged"),
    "starts_at": nullable(number(NOW + 1), is_null=False),
    "ends_at": nullable(number(NOW + 5), is_null=False),
    "cancelled": boolean(False),
    "failure": nullable(text("Task failed")),
    "reserved_usd": amount("0.73"),
    "charged_usd": amount("0"),
    "video": members(
        {
            "resolution": text("720p"),
            "ratio": text("16:9"),
            "seconds": integer(5),
            "width": integer(1280),
            "height": integer(720),
            "audio": boolean(True),
        }
    ),
    "files": list_of(text("video.mp4"), "the names of its results, of a completed task"),
}

_JOURNAL_ENTRY = members(
    {
        "number": integer(7, "counts the requests"),
        "request_id": text(REQUEST_ID),
        "account": nullable(text("key-1"), is_null=False),
        "time": number(NOW, f"the time of the account, {_SECONDS}"),
        "received": number(1234.5, "when its first byte was read, by a monotonic clock"),
        "answered": nullable(number(1234.6), is_null=False),
        "connection": integer(3),
        "turn": integer(1),
        "method": text("POST"),
        "target": text("/v1/videos/generations", "without what may be a secret"),
        "place": nullable(choice([*PLACES]), is_null=False),
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
        "started": number(NOW, f"by the clock of the machine, {_SECONDS}"),
        "host": nullable(text("127.0.0.1:8000"), is_null=False),
        "complete": boolean(True),
        "job": nullable(text("3c39647a1b059e27", "equal for equal bodies")),
        "response": nullable(
            any_members({"retry_after": "3", "error": {"retryable": True}}, "what it demands")
        ),
        "exposed": list_of(text("target"), "where else the key was"),
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

_WORD_MEMBERS: Mapping[str, Schema] = {"word": text("busy"), "does": text("the first two are 429")}

_WORDS = members(
    {
        "presets": list_of(members({**_WORD_MEMBERS, "means": text("any-429x2 retry-2s")})),
        "settings": list_of(members({**_WORD_MEMBERS, "examples": list_of(text("queue-10s"))})),
        "places": list_of(members({**_WORD_MEMBERS, "refusals": list_of(text("503"))})),
        "faults": list_of(members({**_WORD_MEMBERS, "always_applied": boolean(True)})),
        "other_names": list_of(members({"word": text("lostreply"), "means": text("reset+")})),
    }
)

_EXPLANATION = members(
    {
        "words": text("create-503x2"),
        "explanation": list_of(members(_WORD_MEMBERS)),
        "prompt": nullable(text("[mock: create-503x2]"), is_null=False),
        "prompt_error": nullable(text("it concerns a whole account")),
        "clock": choice(["seconds", "polls"]),
        "course": list_of(members({"after": number(1.0), "status": choice([*Status])})),
        "faults": list_of(
            members(
                {
                    "place": choice([*PLACES]),
                    "word": text("create-503x2"),
                    "first": integer(1),
                    "last": nullable(integer(2), is_null=False),
                    "effect": text("503 all_channels_failed"),
                    "applied": boolean(False),
                    "counts": text("POST /v1/videos/generations"),
                }
            )
        ),
    }
)

_VALIDATION: Schema = {
    "oneOf": [
        members(
            {
                "accepted": {"const": True},
                "operation": text("text-to-video"),
                "request": any_members({"model": "seedance-2.0", "duration": 5}),
                "ignored": list_of(text("fps"), "undocumented fields, on a tolerant server"),
                "tokens": nullable(integer(108_900), is_null=False),
                "price_usd": nullable(amount("0.73667647"), is_null=False),
                "reserved_usd": nullable(amount("0.73667647"), is_null=False),
            }
        ),
        members(
            {
                "accepted": {"const": False},
                "status": integer(400),
                "error": any_members({"error": {"code": "model_not_found"}}, "as the API sends it"),
                "rules": list_of(text("model.known")),
            }
        ),
    ]
}

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

_SERVER = members(
    {
        "version": text("0.1.0"),
        "started": number(NOW, _SECONDS),
        "now": number(NOW, _SECONDS),
        "store": choice(["memory", "sqlite", "redis"]),
        "lifecycle": choice(LIFECYCLE_NAMES),
        "tolerant": boolean(False),
        "explain": boolean(False),
        "journal": integer(10_000, "how many requests the journal holds"),
        "journal_bodies": boolean(False),
        "control_token": boolean(False, "whether other machines may call with a token"),
    }
)

_MATERIAL = members(
    {
        "account": text("key-1"),
        "id": text("asset-20260720123456-qn7wr"),
        "object": text("seedance.material_asset"),
        "project_name": text("default"),
        "group_id": text("group-20260720123456-vrt01"),
        "library_type": choice([*LibraryType]),
        "asset_name": nullable(text("Front view")),
        "asset_type": choice([*AssetType]),
        "status": choice([*MaterialStatus]),
        "ready": boolean(False),
        "error_message": nullable(text("The image is 120 px wide: 300 to 6000 px are possible")),
        "metadata": nullable(any_members({"scene": 4})),
        "created_at": integer(1_800_000_000_000, "milliseconds since the Unix epoch"),
        "updated_at": integer(1_800_000_000_000, "milliseconds since the Unix epoch"),
    }
)
_ATTEMPT = members(
    {
        "at": number(NOW, _SECONDS),
        "milliseconds": integer(3),
        "status": nullable(integer(200, "of the receiver's response"), is_null=False),
        "problem": nullable(text("no connection: ConnectionRefusedError")),
    }
)
_DELIVERY = members(
    {
        "id": text("cgt-20270115080000-a1b2c-1"),
        "account": text("key-1"),
        "task_id": text("cgt-20270115080000-a1b2c"),
        "status": choice(CALLBACK_STATUSES, "the status that the callback reports"),
        "changed": number(NOW, "when the task changed, by the account's clock"),
        "due": nullable(number(NOW, "when the next attempt is due; null if none follows")),
        "acknowledged": boolean(True, "whether the receiver has acknowledged it"),
        "attempts": list_of(_ATTEMPT),
    }
)

RESPONSE_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "Error": _ERROR,
        "Server": _SERVER,
        "Words": _WORDS,
        "Explanation": _EXPLANATION,
        "RequestForm": any_members({"models": []}, "models, operations, fields and limits"),
        "Validation": _VALIDATION,
        "Clock": _CLOCK,
        "Key": _KEY,
        "Account": members(_ACCOUNT_MEMBERS),
        "AccountList": members({"accounts": list_of(reference("Account"))}),
        "AccountWithLedger": members({**_ACCOUNT_MEMBERS, "ledger": list_of(reference("Task"))}),
        "Task": members(_TASK_MEMBERS),
        "DeliveryList": members({"deliveries": list_of(_DELIVERY)}),
        "TaskList": members(
            {
                "tasks": list_of(members({"account": text("key-1"), **_TASK_MEMBERS})),
                "total": integer(1, "how many tasks there are, with those that `last` leaves out"),
            }
        ),
        "Material": _MATERIAL,
        "MaterialList": members({"materials": list_of(reference("Material"))}),
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
