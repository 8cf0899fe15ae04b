"""Requests to start from: one an operation, legal on every model."""

from __future__ import annotations

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import Body, Operation

PROMPT = "A paper boat drifts down a rain gutter, seen from above"

TASK_ID = "ldtask_" + "0" * 32
"""Well formed, and the task of nobody."""


def inputs(operation: Operation) -> dict[str, object]:
    """Return the least media that `operation` needs."""
    return {need.fields[0]: _sample(need.fields[0]) for need in operation.needs}


def request(operation: Operation, model: str = FAMILY[0].id) -> Body:
    """Return a small legal request of `operation`.

    An extension starts from a URL here, as a request alone cannot name a task that exists.
    """
    given = inputs(operation)
    if given.pop("task_id", None):
        given["video_url"] = _sample("video_url")
    prompt = {"prompt": PROMPT} if operation.prompt else {}
    return {"model": model, "operation": operation.name, **prompt, **given}


def _sample(field: str) -> object:
    return FIELDS[field].samples()[0]
