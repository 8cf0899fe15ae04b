"""The cases of the OpenAPI run of v3. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from seedance_contract.case import Case, Level
from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.server.openapi import cases

PREFIX = "v3-"
"""What the second part of the ids begins with."""


def _as_in_v1(
    case: Case, requirement: str | None = None, source: Source | None = None
) -> tuple[Case, Case]:
    """Return a case of v1, and that of v3 about the same."""
    group, _, name = case.id.partition(".")
    own = replace(
        case,
        id=f"{group}.{PREFIX}{name}",
        requirement=requirement or case.requirement,
        source=source or case.source,
    )
    return case, own


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(
        id=f"{cases.GROUP.prefix}.{PREFIX}{name}",
        group=cases.GROUP.title,
        level=Level.MUST,
        requirement=requirement,
        source=source,
    )


_CREATE = openapi("CreateContentsGenerationsTasksRequest")
_DELETE = page("delete-volc")

NULL = _case(
    "null",
    "A create request in which optional fields are null is as good as one without them.",
    assumed("what null means in a request: the SDKs of the model's maker send it"),
)
ID = _case(
    "id",
    "A task that is read has the id of the request.",
    openapi("GET /api/v3/contents/generations/tasks/{id}"),
)
LIST = _case(
    "list",
    "A list has only tasks that its filters allow, no more than a page, and every new task.",
    openapi("GET /api/v3/contents/generations/tasks"),
)
REPLAYED = _case(
    "replayed",
    "A create that is repeated with its Idempotency-Key returns the same task, with "
    "Idempotency-Replayed: true.",
    page("create-volc: Idempotency-Key"),
)
DELETED = _case("deleted", "The response to a successful delete has no body.", _DELETE)

V3_CASES: Mapping[Case, Case] = MappingProxyType(
    {
        **dict(
            (
                _as_in_v1(cases.COMPLETED),
                _as_in_v1(cases.STATUS),
                _as_in_v1(
                    cases.CONTENT_TYPE,
                    "Every response with a body has the content type application/json.",
                ),
                _as_in_v1(cases.BODY),
                _as_in_v1(cases.HEADERS),
                _as_in_v1(cases.SERVER_ERROR),
                _as_in_v1(cases.ACCEPTED),
                _as_in_v1(cases.REFUSED),
                _as_in_v1(cases.FAIL_CLOSED, source=_CREATE),
                _as_in_v1(cases.AUTHORISED, source=page("migration")),
                _as_in_v1(
                    cases.AVAILABLE, "A new task can be read and deleted by its id.", _DELETE
                ),
                _as_in_v1(cases.METHOD),
                _as_in_v1(cases.METHOD_ENVELOPE),
                _as_in_v1(cases.ALLOW),
                _as_in_v1(
                    cases.ENVELOPE,
                    "An error has code, message, param and type, all strings, and nothing else.",
                    openapi("VolcSeedanceError"),
                ),
                _as_in_v1(
                    cases.RETRY_AFTER,
                    "A 429 has a Retry-After of whole seconds, 1 or more.",
                    assumed(
                        "which status and code v3 has for errors that its document does not list"
                    ),
                ),
                _as_in_v1(
                    cases.CANCELLED, "A task that was deleted while queued is cancelled.", _DELETE
                ),
                _as_in_v1(cases.NO_ECHO),
            )
        ),
        NULL: NULL,
        ID: ID,
        LIST: LIST,
        REPLAYED: REPLAYED,
        DELETED: DELETED,
    }
)
"""The cases of v3, in the order of the report, by the case of v1 about the same.

A case that only v3 has stands for itself.
"""
