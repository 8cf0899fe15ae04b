"""Our document compared with the vendor's published one, if a copy of it exists.

A difference that is not accepted with a reason fails. So does an accepted one that no longer
exists.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.models import FAMILY
from seedance_contract.derived import catalogue
from seedance_contract.derived.drift.comparison import find_drift, resolved_differences
from seedance_mock.domain.clock import ManualClock

REFERENCES = Path(__file__).parents[3].parent / "shared" / "reference"
FILE = REFERENCES / "tokenlab-openapi-seedance-2026-09.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="no copy of the vendor's document")

THEIRS: Any = json.loads(FILE.read_text()) if FILE.exists() else {}


def test_every_difference_is_accepted() -> None:
    entries = find_drift(THEIRS)

    assert [entry for entry in entries if entry.accepted is None] == [], "new differences"
    assert resolved_differences(entries) == [], "accepted differences that no longer exist"


def assert_valid(schema: str, value: object) -> None:
    """Fail if `value` does not match the vendor's schema of this name."""
    reference = {"$ref": f"#/components/schemas/{schema}", "components": THEIRS["components"]}
    jsonschema_rs.Draft202012Validator(reference).validate(value)


@pytest.mark.parametrize("recommended", [False, True])
def test_lists_match_the_vendor(recommended: bool) -> None:
    for view, schema in (("full", "ModelsResponse"), ("compact", "CompactModelsResponse")):
        assert_valid(schema, catalogue.model_list(FAMILY, view=view, recommended=recommended))
    assert_valid("PricingResponse", catalogue.pricing_list(FAMILY))


@pytest.mark.parametrize("model", FAMILY, ids=lambda model: model.id)
def test_details_match_the_vendor(model: Any) -> None:
    assert_valid("Model", catalogue.model_detail(model))
    assert_valid("ModelPricingResponse", catalogue.model_pricing(model))


@pytest.mark.parametrize("preset", ["crash", "policy"])
def test_tasks_match_the_vendor(
    preset: str, user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    running = new_task(return_last_frame=True)
    failing = new_task(prompt=f"a boat [mock: {preset}]")
    cancelled = new_task()
    user.delete(f"/v1/tasks/{cancelled}")
    shapes = set()

    for seconds in (0, 2, 3):
        clock.advance(seconds)
        for id in (running, failing, cancelled):
            task = user.get(f"/v1/tasks/{id}").json()
            assert_valid("VideoTaskResponse", task)
            shapes.add((task["status"], "cancelled" in task))

    assert shapes == {
        ("pending", False),
        ("processing", False),
        ("completed", False),
        ("failed", False),
        ("failed", True),
    }


def test_create_and_cancel_match_the_vendor(user: TestClient) -> None:
    body = {"model": "seedance-2.0", "prompt": "a boat"}

    created = user.post("/v1/videos/generations", json=body).json()
    cancelled = user.delete(created["poll_url"]).json()

    assert_valid("VideoGenerationResponse", created)
    assert_valid("VideoTaskResponse", cancelled)
    assert cancelled["cancelled"] is True


def test_errors_match_the_vendor(user: TestClient) -> None:
    bodies = [{}, {"model": "veo3.1"}, {"model": "seedance-2.0-fast", "resolution": "4k"}]

    for body in bodies:
        assert_valid("ValidationError", user.post("/v1/videos/generations", json=body).json())
    assert_valid("ApiError", user.get("/v1/tasks/none").json())
    assert_valid("ApiError", user.get("/v1/models/none").json())
