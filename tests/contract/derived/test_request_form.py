from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from seedance_contract.declared.contract import CONTRACT
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.derived.request_form import request_form
from seedance_contract.derived.validation import violations


def operations() -> list[tuple[str, dict[str, Any]]]:
    models: Any = request_form()["models"]
    return [(model["id"], operation) for model in models for operation in model["operations"]]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_example_request_fits_into_the_form(operation: str) -> None:
    for model, form in operations():
        if form["name"] != operation:
            continue
        body = example_request(OPERATIONS[operation], model)
        schemas = {field["name"]: field["schema"] for field in form["fields"]}
        for name in body.keys() - {"model", "operation"}:
            jsonschema_rs.validate(schemas[name], body[name])
        assert all(any(name in body for name in group) for group in form["required"])


def test_what_the_form_offers_is_accepted() -> None:
    for model, form in operations():
        body = example_request(OPERATIONS[form["name"]], model)
        offered = {
            field["name"]: value
            for field in form["fields"]
            for value in field["schema"].get("enum", ())
            # The form offers it, as the field has it; a rule of its own refuses it.
            if value != "flex"
        }
        assert violations({**body, **offered}) == []


def test_a_model_allows_less_than_the_field() -> None:
    limits = {
        model: field["schema"]["enum"]
        for model, form in operations()
        for field in form["fields"]
        if field["name"] == "resolution"
    }

    assert {model: tuple(values) for model, values in limits.items()} == {
        model.id: model.resolutions for model in CONTRACT.models.values()
    }


def test_fields_have_what_a_form_needs() -> None:
    for _, form in operations():
        names = [field["name"] for field in form["fields"]]

        assert names[0] == "prompt"
        assert len(names) == len(set(names))
        assert set(names) <= FIELDS.keys() - {"model", "operation"}
        assert {
            field["medium"] for field in form["fields"] if field["name"].endswith(("image", "urls"))
        } <= {"image", "video", "audio"}


def test_lists_have_the_limit_of_the_model() -> None:
    [form] = [
        form
        for model, form in operations()
        if (model, form["name"]) == (CONTRACT.example_model.id, "reference-to-video")
    ]
    lengths = {
        field["name"]: field["schema"]["maxItems"]
        for field in form["fields"]
        if field["schema"]["type"] == "array"
    }

    assert lengths == {
        **CONTRACT.example_model.references,
        "image_urls": CONTRACT.example_model.references["reference_images"],
    }
