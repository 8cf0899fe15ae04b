"""`openapi`: the document in both formats."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
import yaml
from click.testing import Result

from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document

Run = Callable[..., Result]


@pytest.mark.parametrize(("form", "parse"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_document_is_printed(form: str, parse: Callable[[str], object], run: Run) -> None:
    assert parse(run("openapi", "--format", form).stdout) == openapi_document()


def test_the_document_of_v3_is_printed(run: Run) -> None:
    assert json.loads(run("openapi", "--dialect", "v3").stdout) == v3_openapi_document()


def test_yaml_needs_its_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    ended = run("openapi", "--format", "yaml")

    assert ended.exit_code == 2
    assert "YAML needs pyyaml: pip install " in ended.output
    assert "[yaml]" in ended.output
