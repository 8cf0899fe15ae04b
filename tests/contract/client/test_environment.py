"""The driver contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_contract.client.arena import Assignment
from seedance_contract.client.environment import (
    Mappings,
    TemplateError,
    command,
    outcome,
    variables,
)
from seedance_contract.client.jobs import job
from seedance_contract.client.redaction import Secret
from seedance_contract.client.scene import Scene


@pytest.fixture
def assignment(make_scene: Callable[..., Scene]) -> Assignment:
    """Give an assignment."""
    scene = make_scene()
    return Assignment(
        scene=scene,
        base_url="http://127.0.0.1:9/",
        secret=Secret("sk-mock-ok--a"),
        job=job(scene, "7f3a"),
        patience=5.0,
    )


def test_a_client_is_told_of_its_case(assignment: Assignment) -> None:
    told = variables(assignment, Path("/state"), Mappings())

    assert json.loads(told.pop("KIT_JOB")) == assignment.job
    assert told == {
        "TOKENLAB_BASE_URL": "http://127.0.0.1:9/",
        "TOKENLAB_API_KEY": "sk-mock-ok--a",
        "KIT_CASE": "POLL-90",
        "KIT_STATE_DIR": "/state",
    }


def test_other_names_are_filled_in(assignment: Assignment) -> None:
    mappings = Mappings(variables=(("BASE", "{base_url}v1"), ("KEY", "{api_key}")))

    told = variables(assignment, Path("/state"), mappings)

    assert (told["BASE"], told["KEY"]) == ("http://127.0.0.1:9/v1", "sk-mock-ok--a")


def test_arguments_are_appended(assignment: Assignment) -> None:
    mappings = Mappings(arguments=("--model={model}", "--prompt={prompt}"))

    assert command(("node", "c.js"), assignment, mappings) == [
        "node",
        "c.js",
        "--model=seedance-2.0-fast",
        "--prompt=A paper boat on a quiet lake kit:POLL-90:7f3a",
    ]


@pytest.mark.parametrize("text", ["{key}", "{", "{0}", "{model.x}"])
def test_unknown_fields_are_refused(text: str) -> None:
    with pytest.raises(TemplateError, match=r"may have these fields: {base_url} {api_key}"):
        Mappings(arguments=(text,))


@pytest.mark.parametrize(("text", "shows"), [("--key={api_key}", True), ("--fast", False)])
def test_a_key_in_the_arguments_is_the_kits_own(text: str, shows: bool) -> None:
    assert Mappings(arguments=(text,)).shows_key == shows


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("", None),
        ('{"kit":1,"outcome":"failed"}\nbye\n', {"kit": 1, "outcome": "failed"}),
        ('{"kit":1,"n":1}\n{"kit":1,"n":2}\n{"kit":2}\n[1]\n', {"kit": 1, "n": 2}),
        ("{'kit': 1}\n", None),
    ],
    ids=["none", "one", "last", "not-json"],
)
def test_the_last_outcome_line_counts(stdout: str, expected: object) -> None:
    assert outcome(stdout) == expected
