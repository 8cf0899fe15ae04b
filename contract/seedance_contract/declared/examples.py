"""Small legal requests to start from, one for each operation."""

from __future__ import annotations

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.models import EXAMPLE_MODEL
from seedance_contract.declared.operations import Body, Operation

EXAMPLE_PROMPT = "A paper boat drifts down a rain gutter, seen from above"

EXAMPLE_TASK_ID = "ldtask_" + "0" * 32
"""A well-formed id that no task has."""


def example_inputs(operation: Operation) -> dict[str, object]:
    """Return the fewest input fields that `operation` requires, with sample values."""
    names = [required.fields[0] for required in operation.required_inputs]
    return {name: _sample(name) for name in names}


def example_request(operation: Operation, model: str = EXAMPLE_MODEL) -> Body:
    """Return a small legal request of `operation`.

    A video-extension starts from a URL: a request alone cannot name a task that exists.
    """
    media = example_inputs(operation)
    if media.pop("task_id", None):
        media["video_url"] = _sample("video_url")
    prompt = {"prompt": EXAMPLE_PROMPT} if operation.requires_prompt else {}
    return {"model": model, "operation": operation.name, **prompt, **media}


def _sample(field: str) -> object:
    return FIELDS[field].sample_values()[0]
