"""Requests to start from: one an operation, legal on every model."""

from __future__ import annotations

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import Body, Operation

EXAMPLE_PROMPT = "A paper boat drifts down a rain gutter, seen from above"

EXAMPLE_TASK_ID = "ldtask_" + "0" * 32
"""Well formed, and the task of nobody."""


def example_inputs(operation: Operation) -> dict[str, object]:
    """Return the least media that `operation` needs."""
    return {need.fields[0]: _sample(need.fields[0]) for need in operation.required_inputs}


def example_request(operation: Operation, model: str = FAMILY[0].id) -> Body:
    """Return a small legal request of `operation`.

    An extension starts from a URL here, as a request alone cannot name a task that exists.
    """
    given = example_inputs(operation)
    if given.pop("task_id", None):
        given["video_url"] = _sample("video_url")
    prompt = {"prompt": EXAMPLE_PROMPT} if operation.requires_prompt else {}
    return {"model": model, "operation": operation.name, **prompt, **given}


def _sample(field: str) -> object:
    return FIELDS[field].sample_values()[0]
