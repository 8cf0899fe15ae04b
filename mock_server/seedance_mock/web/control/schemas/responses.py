"""The responses of the control API as JSON Schemas. Each member has an example.

The schemas allow no other members, so that a test notices a member without a description.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.tasks import Status
from seedance_mock.scripting.vocabulary import PLACES
from seedance_mock.settings import LIFECYCLE_NAMES
from seedance_mock.web.control.schemas.accounts import ACCOUNT_SCHEMAS
from seedance_mock.web.control.schemas.journal import JOURNAL_SCHEMAS
from seedance_mock.web.control.schemas.parts import (
    NOW,
    REQUEST_ID,
    SECONDS,
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
    text,
)

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

_SERVER = members(
    {
        "version": text("0.1.0"),
        "started": number(NOW, SECONDS),
        "now": number(NOW, SECONDS),
        "store": choice(["memory", "sqlite", "redis"]),
        "models": list_of(text("seedance-2.0"), "those that are served"),
        "lifecycle": choice(LIFECYCLE_NAMES),
        "balance_usd": nullable(amount("5.00", "of each new account; null: no limit")),
        "requests_a_minute": nullable(integer(60, "of each key; null: no limit")),
        "retention_s": nullable(number(60.0, "how long ended tasks are kept; null: for ever")),
        "any_key": boolean(True, "whether every well-formed API key is accepted, see --key"),
        "tolerant": boolean(False),
        "explain": boolean(False),
        "journal": integer(10_000, "how many requests the journal holds"),
        "journal_bodies": boolean(False),
        "control_token": boolean(False, "whether other machines may call with a token"),
    }
)

RESPONSE_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        **ACCOUNT_SCHEMAS,
        **JOURNAL_SCHEMAS,
        "Error": _ERROR,
        "Server": _SERVER,
        "Words": _WORDS,
        "Explanation": _EXPLANATION,
        "RequestForm": any_members({"models": []}, "models, operations, fields and limits"),
        "Validation": _VALIDATION,
    }
)
"""The schemas of all responses by name."""
