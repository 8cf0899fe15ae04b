"""The environment variables, arguments and outcome line of a client process."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_contract.client.arena import Assignment
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.environment import (
    Mappings,
    TemplateError,
    bypass_proxies,
    command_line,
    environment_variables,
    parse_outcome,
)
from seedance_contract.client.job_fields import field_values
from seedance_contract.client.jobs import kit_job
from seedance_contract.client.redaction import Secret


@pytest.fixture
def assignment(make_case: Callable[..., ClientCase]) -> Assignment:
    """Give an assignment."""
    client_case = make_case()
    return Assignment(
        client_case=client_case,
        base_url="http://127.0.0.1:9/",
        secret=Secret("sk-mock-ok--a"),
        job=kit_job(client_case, "7f3a"),
        timeout=5.0,
    )


def values_of(assignment: Assignment) -> dict[str, str]:
    return field_values(assignment, Path("/state"))


def test_variables_describe_the_case(assignment: Assignment) -> None:
    variables = environment_variables(Mappings(), values_of(assignment))

    assert json.loads(variables.pop("KIT_JOB")) == assignment.job
    assert variables == {
        "TOKENLAB_BASE_URL": "http://127.0.0.1:9/",
        "TOKENLAB_API_KEY": "sk-mock-ok--a",
        "KIT_CASE": "POLL-90",
        "KIT_STATE_DIR": "/state",
    }


def test_further_variables_are_filled_in(assignment: Assignment) -> None:
    mappings = Mappings(variables=(("BASE", "{base_url}v1"), ("KEY", "{api_key}")))

    variables = environment_variables(mappings, values_of(assignment))

    assert (variables["BASE"], variables["KEY"]) == ("http://127.0.0.1:9/v1", "sk-mock-ok--a")


def test_arguments_are_appended(assignment: Assignment) -> None:
    mappings = Mappings(arguments=("--model={model}", "--prompt={prompt}"))

    assert command_line(("node", "c.js"), mappings, values_of(assignment)) == [
        "node",
        "c.js",
        "--model=seedance-2.0-fast",
        "--prompt=A paper boat on a quiet lake kit:POLL-90:7f3a",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--image={image_url}", "go"), ["go"]),
        (("--image", "{image_url}", "go"), ["go"]),
        (("--verbose", "--image={image_url}"), ["--verbose"]),
        (("--image", "go", "{image_url}"), ["--image", "go"]),
        (("--seconds", "{duration}"), ["--seconds", "5"]),
        (("--image={image_url}", "{image_url}"), []),
        (('{{"prompt":"{operation}"}}',), ['{"prompt":"text-to-video"}']),
    ],
    ids=["attached", "separate", "switch", "apart", "present", "twice", "braces"],
)
def test_an_argument_without_a_value_is_left_out(
    arguments: tuple[str, ...], expected: list[str], assignment: Assignment
) -> None:
    mappings = Mappings(arguments=arguments)

    assert command_line((), mappings, values_of(assignment)) == expected


def test_a_variable_without_a_value_is_left_out(assignment: Assignment) -> None:
    mappings = Mappings(variables=(("FILE", "{download_to}"), ("LENGTH", "{duration} s")))

    variables = environment_variables(mappings, values_of(assignment))

    assert "FILE" not in variables
    assert variables["LENGTH"] == "5 s"


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        ((), None),
        (("--url={base_url}", "--dir={state_dir}"), None),
        (("--prompt={prompt}", "{job}"), None),
        (("--length={duration}", "--prompt={prompt}"), ("prompt", "duration")),
        (("--sound={audio}",), ("output_audio",)),
    ],
    ids=["none", "case", "whole-job", "parts", "short-name"],
)
def test_the_passed_parts_of_the_job_are_known(
    arguments: tuple[str, ...], passed: tuple[str, ...] | None
) -> None:
    assert Mappings(arguments=arguments).passed_fields == passed


@pytest.mark.parametrize(
    ("environment", "upper", "lower"),
    [
        ({}, "LOCAL", "LOCAL"),
        ({"NO_PROXY": "a.com"}, "a.com,LOCAL", "a.com,LOCAL"),
        ({"no_proxy": "b.com, "}, "b.com,LOCAL", "b.com,LOCAL"),
        ({"NO_PROXY": "a.com", "no_proxy": "b.com"}, "a.com,LOCAL", "b.com,LOCAL"),
        ({"NO_PROXY": "*"}, "*", "*"),
    ],
    ids=["none", "upper", "lower", "both", "every"],
)
def test_no_proxy_is_used_for_local_hosts(
    environment: dict[str, str], upper: str, lower: str
) -> None:
    changed = bypass_proxies({"HTTP_PROXY": "http://p:1", **environment})

    local = "127.0.0.1,localhost,::1,127.0.0.2"
    assert changed == {
        "HTTP_PROXY": "http://p:1",
        "NO_PROXY": upper.replace("LOCAL", local),
        "no_proxy": lower.replace("LOCAL", local),
    }


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{xyzzy}", "'{xyzzy}': there is no field {xyzzy}; the fields are {base_url} {api_key} "),
        ("{durations}", "'{durations}': there is no field {durations}; did you mean {duration}?"),
        ("{", "'{': a brace begins a field; the fields are {base_url}"),
        ("{0}", "'{0}': a brace begins a field"),
        ("{model.x}", "'{model.x}': a brace begins a field"),
    ],
)
def test_unknown_field_is_rejected(template: str, message: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(message)):
        Mappings(arguments=(template,))


@pytest.mark.parametrize(("template", "shows"), [("--key={api_key}", True), ("--fast", False)])
def test_kit_knows_whether_it_shows_the_key(template: str, shows: bool) -> None:
    assert Mappings(arguments=(template,)).shows_key == shows


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("", None),
        ('{"kit":1,"outcome":"failed"}\nbye\n', {"kit": 1, "outcome": "failed"}),
        ('{"kit":1,"n":1}\n{"kit":1,"n":2}\n{"kit":2}\n[1]\n', {"kit": 1, "n": 2}),
        ("{'kit': 1}\n", None),
    ],
    ids=["none", "single", "last", "not-json"],
)
def test_last_outcome_line_counts(stdout: str, expected: object) -> None:
    assert parse_outcome(stdout) == expected
