"""What the routes of v3 do that no route, rule or error states."""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.sources import Source, assumed, openapi, page
from seedance_contract.declared.v3.callbacks import CALLBACKS_SOURCE, RETRY_SOURCE

_TASK = openapi("GET /api/v3/contents/generations/tasks/{id}")
_LIST = openapi("GET /api/v3/contents/generations/tasks")
_IDEMPOTENCY = page("create-volc: Idempotency-Key")


class V3Fact(NamedTuple):
    """A statement about v3, and its source."""

    id: str
    text: str
    source: Source


V3_FACTS: tuple[V3Fact, ...] = (
    V3Fact(
        "v3.null",
        "A field that is null is as if it were absent",
        assumed("what null means in a request: the SDKs of the model's maker send it"),
    ),
    V3Fact(
        "v3.flags",
        "Flags in the text, such as --dur 5, are a part of the prompt and change nothing",
        assumed("whether TokenLab reads flags in the text"),
    ),
    V3Fact(
        "v3.dialects",
        "A task is visible on the routes that created it only",
        assumed("whether a task of one dialect can be read on the other"),
    ),
    V3Fact("v3.duration", "The duration in a response is a string", _TASK),
    V3Fact(
        "v3.unfinished",
        "A task that waits or runs has id, model, status, created_at and updated_at",
        assumed("which members a task has before it has ended"),
    ),
    V3Fact("v3.list.window", "A list has the last seven days, unless it names its tasks", _LIST),
    V3Fact("v3.list.order", "A list begins with the newest task", assumed("the order of a list")),
    V3Fact(
        "v3.delete",
        "Deleting a queued task cancels it, with a 200 without a body",
        page("delete-volc"),
    ),
    V3Fact(
        "v3.delete.model",
        "A queued task of every model can be deleted",
        assumed("whether v3 cancels tasks of seedance-2.0-mini"),
    ),
    V3Fact("v3.idempotency", "The same key and body return the same task", _IDEMPOTENCY),
    V3Fact(
        "v3.idempotency.body",
        "Bodies are the same if their JSON values are equal",
        assumed("whether the same body means the same bytes or the same JSON value"),
    ),
    V3Fact(
        "v3.idempotency.lifetime",
        "An Idempotency-Key is kept as long as its task",
        assumed("how long an Idempotency-Key is kept"),
    ),
    V3Fact(
        "v3.idempotency.refused",
        "A create that is refused leaves its Idempotency-Key free",
        assumed("whether a refused create uses up its Idempotency-Key"),
    ),
    V3Fact(
        "v3.callbacks",
        "Each change of status is sent to callback_url, and an end up to three more times",
        CALLBACKS_SOURCE,
    ),
    V3Fact(
        "v3.callbacks.queued",
        "A create is a change of status that is sent",
        assumed("whether a create is a change of status that is sent"),
    ),
    V3Fact("v3.callbacks.pause", "Attempts of a callback are 2 s apart", RETRY_SOURCE),
)
