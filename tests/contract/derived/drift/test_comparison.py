"""Differences from the vendor's document, entries in altered copies of our own."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_contract.derived.drift.accepted_drift import ACCEPTED
from seedance_contract.derived.drift.comparison import (
    NotOpenApiError,
    find_drift,
    resolved_differences,
)
from seedance_contract.derived.drift.drift_entry import DriftEntry, DriftKind
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
TASKS = "/v1/tasks/{id}"


@pytest.fixture
def vendor() -> Any:
    """Give a document like ours, with the error schema under the vendor's name."""
    document: Any = copy.deepcopy(openapi_document())
    document["components"]["schemas"]["ApiError"] = document["components"]["schemas"]["Error"]
    return document


def new_differences(vendor: Any) -> dict[str, DriftEntry]:
    """Return the differences that `vendor` has beyond those of an unchanged document."""
    plain: Any = openapi_document()
    plain["components"]["schemas"]["ApiError"] = plain["components"]["schemas"]["Error"]
    before = find_drift(plain)
    return {entry.id: entry for entry in find_drift(vendor) if entry not in before}


def test_a_removed_route(vendor: Any) -> None:
    del vendor["paths"][TASKS]["delete"]

    [entry] = new_differences(vendor).values()

    assert (entry.id, entry.kind) == ("cancelTask.route", DriftKind.REMOVED)
    assert (entry.ours, entry.theirs) == ("DELETE /v1/tasks/{id}", None)
    assert entry.accepted is None


def test_a_new_method_status_and_parameter(vendor: Any) -> None:
    vendor["paths"][TASKS]["patch"] = {}
    vendor["paths"][TASKS]["parameters"] = []
    read = vendor["paths"][TASKS]["get"]
    read["responses"]["410"] = {}
    read["parameters"].append({"in": "query", "name": "wait", "schema": {"enum": [1]}})

    entries = new_differences(vendor)

    assert {entry.kind for entry in entries.values()} == {DriftKind.ADDED}
    assert {*entries} == {
        f"route.{TASKS}.patch",
        "getTask.status.410",
        "getTask.parameter.query wait",
    }


def test_changed_values_of_a_parameter(vendor: Any) -> None:
    for parameter in vendor["paths"]["/v1/models"]["get"]["parameters"]:
        if parameter["name"] == "view":
            parameter["schema"] = {"enum": ["full"]}

    [entry] = new_differences(vendor).values()

    assert (entry.id, entry.theirs) == ("listModels.parameter.query view.enum", ["full"])
    assert entry.kind is DriftKind.CHANGED


def test_changed_fields_of_create(vendor: Any) -> None:
    content = vendor["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"]
    inner = {"properties": {"seed": {"type": "string"}, "zoom": {"$ref": "#/components/zoom~1x"}}}
    vendor["components"]["zoom/x"] = {"type": "integer"}
    content["application/json"]["schema"] = {"allOf": [inner, 1]}

    entries = new_differences(vendor)

    assert (entries["create.seed.type"].ours, entries["create.seed.type"].theirs) == (
        "integer",
        "string",
    )
    assert entries["create.zoom"].kind is DriftKind.ADDED
    assert entries["create.prompt"].kind is DriftKind.REMOVED


def test_changed_tasks_and_errors(vendor: Any) -> None:
    schemas = vendor["components"]["schemas"]
    vendor["paths"][TASKS]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "properties": {"status": {"enum": ["pending", "asleep"]}, "mood": {}}
    }
    error = schemas["Error"]["properties"]["error"]
    error["properties"] = {**error["properties"], "type": {"enum": ["odd"]}}

    entries = new_differences(vendor)

    assert entries["task.status.asleep"].kind is DriftKind.ADDED
    assert entries["task.mood"].kind is DriftKind.ADDED
    assert entries["task.video_url"].kind is DriftKind.REMOVED
    assert entries["error.type.odd"].kind is DriftKind.ADDED
    assert entries["error.type.server_error"].kind is DriftKind.REMOVED


def test_a_difference_is_accepted_for_one_value() -> None:
    accepted = DriftEntry(
        id="create.duration.maximum", kind=DriftKind.ADDED, place="", ours=None, theirs=60
    )
    changed = DriftEntry(
        id="create.duration.maximum", kind=DriftKind.ADDED, place="", ours=None, theirs=90
    )

    assert accepted.accepted is ACCEPTED["create.duration.maximum"]
    assert changed.accepted is None
    assert "create.duration.maximum" not in resolved_differences([accepted])
    assert "create.duration.minimum" in resolved_differences([accepted])


def test_circular_references_are_absent(vendor: Any) -> None:
    vendor["paths"][TASKS] = {"$ref": "#/a"}
    vendor["a"] = {"$ref": "#/b"}
    vendor["b"] = {"$ref": "#/a"}

    assert {*new_differences(vendor)} >= {"getTask.route", "cancelTask.route"}


@pytest.mark.parametrize("value", [None, [], {}, "paths", {"paths": []}])
def test_a_value_without_paths_is_an_error(value: object) -> None:
    with pytest.raises(NotOpenApiError, match="it has no paths"):
        find_drift(value)


# Each example copies and compares two whole documents.
@settings(max_examples=20)
@given(st.data())
def test_any_document_can_be_compared(data: st.DataObject) -> None:
    vendor: Any = json.loads(json.dumps(openapi_document()))
    place = vendor["paths"]
    for _ in range(data.draw(st.integers(0, 7))):
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name]:
            break
        place = place[name]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    vendor["components"] = data.draw(JSON | st.just(vendor["components"]))

    entries = find_drift(vendor)

    assert all(isinstance(entry.id, str) and entry.ours != entry.theirs for entry in entries)


def test_v3_is_compared_if_the_document_has_it(vendor: Any) -> None:
    theirs: Any = copy.deepcopy(v3_openapi_document())
    del theirs["components"]["schemas"]["ContentError"]["properties"]["error"]["properties"][
        "param"
    ]
    theirs["components"]["schemas"]["ContentTaskRequest.seedance-2.0"]["properties"] |= {
        "style": {"type": "string"},
        "seed": {"type": "integer", "minimum": 0},
    }
    vendor["paths"] |= theirs["paths"]
    vendor["components"]["schemas"] |= theirs["components"]["schemas"]

    ids = set(new_differences(vendor))

    assert ids >= {"v3.create.style", "v3.create.seed.minimum", "v3.error.param"}
    assert not any(id.startswith("createContentTask") for id in ids)
