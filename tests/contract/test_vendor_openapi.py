"""Our document beside the vendor's published one, where a copy of it is at hand.

Each accepted difference has its reason here; one that is not listed fails, and so does one that
is listed and no longer there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.errors import TYPES
from seedance_contract.declared.fields import ALIASES, FIELDS, FOREIGN, MATERIALS
from seedance_contract.declared.models import FAMILY
from seedance_contract.derived import catalogue
from seedance_contract.derived.openapi import document
from seedance_contract.derived.response_schemas import response_schemas
from seedance_mock.clock import ManualClock

FILE = Path(__file__).parents[2].parent / "shared" / "reference" / "tokenlab-openapi-video.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="no copy of the vendor's document")

OURS = document()
THEIRS: Any = json.loads(FILE.read_text()) if FILE.exists() else {}

PROSE = "documented in prose: rate limits, upstream errors, ownership and sizes"
FAMILY_ONLY = "other families take more; this one's own limit is documented elsewhere"

DIFFERENCES = {
    "createVideo lacks 403": PROSE,
    "createVideo lacks 413": PROSE,
    "createVideo lacks 502": PROSE,
    "createVideo lacks 503": PROSE,
    "createVideo lacks 504": PROSE,
    "getTask lacks 404": "prose documents 404 async_task_not_found",
    "getTask lacks 429": PROSE,
    "getTask lacks 502": PROSE,
    "getTask lacks 503": PROSE,
    "getTask lacks 504": PROSE,
    "getVideoTask lacks 403": "the older path is an alias, so ownership holds there too",
    "getVideoTask lacks 429": PROSE,
    "getVideoTask lacks 502": PROSE,
    "getVideoTask lacks 503": PROSE,
    "getVideoTask lacks 504": PROSE,
    "cancelTask lacks 429": PROSE,
    "cancelTask lacks 502": PROSE,
    "cancelTask lacks 503": PROSE,
    "cancelTask lacks 504": PROSE,
    "listModels lacks 502": PROSE,
    "listModels lacks 503": PROSE,
    "listModels lacks 504": PROSE,
    "getModel lacks 429": PROSE,
    "getModel lacks 502": PROSE,
    "getModel lacks 503": PROSE,
    "getModel lacks 504": PROSE,
    "getModelPricing lacks 429": PROSE,
    "getModelPricing lacks 502": PROSE,
    "getModelPricing lacks 503": PROSE,
    "getModelPricing lacks 504": PROSE,
    "listPricing lacks 429": PROSE,
    "listPricing lacks 502": PROSE,
    "listPricing lacks 503": PROSE,
    "listPricing lacks 504": PROSE,
    "duration.minimum": FAMILY_ONLY,
    "duration.maximum": FAMILY_ONLY,
    "duration.enum": FAMILY_ONLY,
    "duration.default": "named on a page, not in the document",
    "seconds.minimum": FAMILY_ONLY,
    "seconds.maximum": FAMILY_ONLY,
    "seconds.enum": FAMILY_ONLY,
    "seconds.default": "named on a page, not in the document",
    "model.enum": FAMILY_ONLY,
    "operation.enum": "audio-to-video and motion-control are not of this family",
    "prompt.minLength": "the guide asks for a prompt that is not empty",
    "resolution.default": "named in prose",
    "aspect_ratio.default": "named in prose",
    "ratio.default": "named in prose",
    "output_audio.default": "named in prose",
    "outputAudio.default": "named in prose",
    "generate_audio.default": "named in prose",
    "watermark.default": "named in prose",
    "seed.default": "named in prose",
    "service_tier.enum": "flex is refused on Seedance 2.0",
    "task_id.minLength": "an empty id names no task",
    "draft.default": "false is the one value taken, and does nothing",
    "draft.type": "its one value says it",
    "image_urls.maxItems": "image-to-video starts from one image",
    "draft.enum": "draft=true is refused on Seedance 2.0",
    "referenceImages is ours alone": "named in prose as an alias",
    "referenceImageType is ours alone": "named in prose as an alias",
    "CompletedTask.last_frame_url is ours alone": "theirs has it in the answer to create only",
    "CompletedTask.content is ours alone": "theirs has it in the answer to create only",
    "Error.request_id is ours alone": "named in prose",
}
"""Accepted difference to its reason."""


def operations(api: Any) -> dict[tuple[str, str], Any]:
    return {
        (method, path): operation
        for path, item in api["paths"].items()
        for method, operation in item.items()
    }


def missing_statuses() -> Iterator[str]:
    """Yield the statuses that our document has and theirs lacks, or the reverse."""
    theirs = operations(THEIRS)
    for place, ours in operations(OURS).items():
        name = ours["operationId"]
        yield from (
            f"{name} lacks {one}" for one in ours["responses"].keys() - theirs[place]["responses"]
        )
        yield from (
            f"{name} adds {one}" for one in theirs[place]["responses"].keys() - ours["responses"]
        )


STATUSES = ("Pending", "Processing", "Completed", "Failed")

KEYWORDS = (
    "type",
    "enum",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "default",
)


def our_properties() -> dict[str, Any]:
    """Return every property of our requests, each as the widest branch has it."""
    found: dict[str, Any] = {}
    for name in FAMILY[0].operations:
        branch = OURS["components"]["schemas"][f"seedance-2.0.{name}"]  # type: ignore[index]
        for field, schema in branch["properties"].items():
            widest = found.get(field, schema)
            found[field] = max(widest, schema, key=lambda one: one.get("maxItems", 0))
    return found


def other_limits() -> Iterator[str]:
    """Yield the keywords of common properties in which the documents differ."""
    theirs = THEIRS["components"]["schemas"]["VideoGenerationRequest"]["properties"]
    for field, ours in our_properties().items():
        for keyword in KEYWORDS:
            one, other = ours.get(keyword), theirs.get(field, ours).get(keyword)
            if keyword == "enum" and one and other:
                one, other = sorted(one), sorted(other)
            if one != other:
                yield f"{field}.{keyword}"


def unshared_fields() -> Iterator[str]:
    """Yield the fields of a request that only one of the documents knows."""
    theirs = THEIRS["components"]["schemas"]["VideoGenerationRequest"]["properties"].keys()
    ours = {*FIELDS, *FOREIGN, *MATERIALS, *ALIASES}
    yield from (f"{field} is ours alone" for field in ours - theirs)
    yield from (f"{field} is theirs alone" for field in theirs - ours)


def added_members() -> Iterator[str]:
    """Yield the members of our answers that theirs, which are open, do not name."""
    ours: Any = response_schemas()
    theirs = THEIRS["components"]["schemas"]
    task = theirs["VideoTaskResponse"]["properties"]
    for name in (*(f"{status}Task" for status in STATUSES), "CancelledTask"):
        extra = ours[name]["properties"].keys() - task
        yield from (f"{name}.{member} is ours alone" for member in extra)
    error, other = (
        one["properties"]["error"]["properties"] for one in (ours["Error"], theirs["ApiError"])
    )
    yield from (f"Error.{member} is ours alone" for member in error.keys() - other)


def test_both_have_the_same_routes() -> None:
    assert operations(OURS).keys() == operations(THEIRS).keys()


def test_both_know_the_same_error_types() -> None:
    error = THEIRS["components"]["schemas"]["ApiError"]["properties"]["error"]

    assert list(TYPES) == error["properties"]["type"]["enum"]


def test_every_other_difference_is_accepted() -> None:
    found = {*missing_statuses(), *unshared_fields(), *other_limits(), *added_members()}

    assert found - DIFFERENCES.keys() == set(), "new differences"
    assert DIFFERENCES.keys() - found == set(), "differences that are no longer there"


def parameters(api: Any) -> dict[tuple[str, str], dict[tuple[str, str], list[str]]]:
    """Return the values that each parameter of each operation is limited to."""
    return {
        place: {
            (one["in"], one["name"]): sorted(one["schema"].get("enum", []))
            for one in operation.get("parameters", [])
        }
        for place, operation in operations(api).items()
    }


def test_both_take_the_same_parameters() -> None:
    assert parameters(OURS) == parameters(THEIRS)


def valid(schema: str, value: object) -> None:
    """Fail where `value` is not what the vendor's schema of this name says."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": THEIRS["components"]}
    jsonschema_rs.Draft202012Validator(whole).validate(value)


@pytest.mark.parametrize("recommended", [False, True])
def test_our_lists_are_theirs(recommended: bool) -> None:
    for view, schema in (("full", "ModelsResponse"), ("compact", "CompactModelsResponse")):
        valid(schema, catalogue.model_list(FAMILY, view=view, recommended=recommended))
    valid("PricingResponse", catalogue.pricing_list(FAMILY))


@pytest.mark.parametrize("model", FAMILY, ids=lambda model: model.id)
def test_our_details_are_theirs(model: Any) -> None:
    valid("Model", catalogue.model_detail(model))
    valid("ModelPricingResponse", catalogue.model_pricing(model))


@pytest.mark.parametrize("preset", ["crash", "policy"])
def test_our_tasks_are_theirs(
    preset: str, user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    running = new_task(return_last_frame=True)
    failing = new_task(prompt=f"a boat [mock: {preset}]")
    cancelled = new_task()
    user.delete(f"/v1/tasks/{cancelled}")
    seen = set()

    for seconds in (0, 2, 3):
        clock.advance(seconds)
        for id in (running, failing, cancelled):
            task = user.get(f"/v1/tasks/{id}").json()
            valid("VideoTaskResponse", task)
            seen.add((task["status"], "cancelled" in task))

    assert seen == {
        ("pending", False),
        ("processing", False),
        ("completed", False),
        ("failed", False),
        ("failed", True),
    }


def test_create_and_cancel_answer_as_theirs(user: TestClient) -> None:
    body = {"model": "seedance-2.0", "prompt": "a boat"}

    created = user.post("/v1/videos/generations", json=body).json()
    cancelled = user.delete(created["poll_url"]).json()

    valid("VideoGenerationResponse", created)
    valid("VideoTaskResponse", cancelled)
    assert cancelled["cancelled"] is True


def test_our_errors_are_theirs(user: TestClient) -> None:
    bodies = [{}, {"model": "veo3.1"}, {"model": "seedance-2.0-fast", "resolution": "4k"}]

    for body in bodies:
        valid("ValidationError", user.post("/v1/videos/generations", json=body).json())
    valid("ApiError", user.get("/v1/tasks/none").json())
    valid("ApiError", user.get("/v1/models/none").json())
