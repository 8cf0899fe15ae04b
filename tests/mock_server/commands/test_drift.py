"""`drift`: a vendor's document against this contract."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from seedance_contract.derived.openapi import openapi_document
from seedance_mock.commands import drift

Run = Callable[..., Result]


@pytest.fixture
def our_document(tmp_path: Path) -> Path:
    """Give a file with our own OpenAPI document."""
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(openapi_document()))
    return file


def test_new_differences_are_printed(our_document: Path, run: Run) -> None:
    ended = run("drift", our_document)

    assert ended.exit_code == 1
    assert 'removed error.type.server_error: ours "server_error", theirs –' in ended.output
    assert "accepted: " not in ended.output
    assert ended.output.endswith(" accepted\n")


def test_accepted_differences_are_printed_with_all(our_document: Path, run: Run) -> None:
    ended = run("drift", "--all", our_document)

    assert "(accepted: named in prose, or on a page, not in the document)" in ended.output
    assert "accepted, but not found: getTask.status.404" in ended.output


def test_differences_are_printed_as_json(our_document: Path, run: Run) -> None:
    ended = run("drift", "--json", our_document)

    result = json.loads(ended.output)
    assert ended.exit_code == 1
    assert result["drift"] == len(result["differences"])
    assert result["differences"][0].keys() == {"id", "kind", "place", "ours", "theirs", "accepted"}


def test_no_drift_is_success(our_document: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "find_drift", lambda document: [])

    ended = run("drift", our_document)

    assert (ended.exit_code, ended.output) == (0, "no drift, 0 accepted; --all lists them\n")


@pytest.mark.parametrize("text", ["{paths: {}}", "paths: {1: 2, a: 2020-01-01}"])
def test_yaml_is_read(tmp_path: Path, text: str, run: Run) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text)

    ended = run("drift", file)

    assert ended.exit_code == 1
    assert "removed createVideo.route" in ended.output


def test_a_lone_surrogate_is_printed_escaped(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"paths": {"/v1/models": {"get": {"responses": {"\\ud800": {}}}}}}')

    ended = run("drift", file)

    assert ended.exit_code == 1
    assert r"listModels.status.\ud800" in ended.output


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"{", "a.json is not JSON"),
        ("a.json", b"[" * 100_000, "a.json is not JSON"),
        ("a.json", b"\xff", "cannot read a.json"),
        ("a.json", b"[]", "it has no paths"),
        ("a.yaml", b"a: [", "a.yaml is neither JSON nor YAML"),
        ("a.yaml", b"paths: &a {b: *a}", "a.yaml is neither JSON nor YAML"),
        ("a.yaml", b"? [1, 2]\n: 3", "a.yaml is neither JSON nor YAML"),
    ],
)
def test_an_unreadable_file_exits_with_2(
    tmp_path: Path, name: str, content: bytes, message: str, run: Run
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    ended = run("drift", file)

    assert ended.exit_code == 2
    assert message in ended.output


def test_a_document_nested_too_deeply_exits_with_2(
    our_document: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_drift(document: object) -> None:
        raise RecursionError

    monkeypatch.setattr(drift, "find_drift", find_drift)

    ended = run("drift", our_document)

    assert (ended.exit_code, ended.output) == (2, "Error: ours.json is nested too deeply\n")


def test_yaml_needs_its_extra(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    file = tmp_path / "vendor.yaml"
    file.write_text("paths: {}")

    ended = run("drift", file)

    assert ended.exit_code == 2
    assert "[yaml]" in ended.output
