import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from seedance_contract.derived.openapi import document
from seedance_mock.commands.main import main


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(document()))
    return file


def test_new_differences_are_told(ours: Path) -> None:
    ran = CliRunner().invoke(main, ["drift", str(ours)])

    assert ran.exit_code == 1
    assert 'removed error.type.server_error: ours "server_error", theirs –' in ran.output
    assert "accepted: " not in ran.output
    assert ran.output.endswith(" accepted\n")


def test_known_ones_are_told_on_demand(ours: Path) -> None:
    ran = CliRunner().invoke(main, ["drift", "--all", str(ours)])

    assert "(accepted: named in prose, or on a page, not in the document)" in ran.output
    assert "no longer there: getTask.status.404" in ran.output


def test_differences_as_json(ours: Path) -> None:
    ran = CliRunner().invoke(main, ["drift", "--json", str(ours)])

    told = json.loads(ran.output)
    assert ran.exit_code == 1
    assert told["drift"] == len(told["differences"])
    assert told["differences"][0].keys() == {"id", "kind", "place", "ours", "theirs", "accepted"}


def test_no_drift_is_success(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedance_mock.commands.drift.drift", lambda vendor: [])

    ran = CliRunner().invoke(main, ["drift", str(ours)])

    assert (ran.exit_code, ran.output) == (0, "no drift, 0 accepted; --all lists them\n")


@pytest.mark.parametrize("text", ["{paths: {}}", "paths: {1: 2, a: 2020-01-01}"])
def test_yaml_is_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text)

    ran = CliRunner().invoke(main, ["drift", str(file)])

    assert ran.exit_code == 1
    assert "removed createVideo.route" in ran.output


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"paths": {"/v1/models": {"get": {"responses": {"\\ud800": {}}}}}}')

    ran = CliRunner().invoke(main, ["drift", str(file)])

    assert ran.exit_code == 1
    assert r"listModels.status.\ud800" in ran.output


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", b"{", "a.json is no JSON"),
        ("a.json", b"[" * 100_000, "a.json is no JSON"),
        ("a.json", b"\xff", "a.json cannot be read"),
        ("a.json", b"[]", "it has no paths"),
        ("a.yaml", b"a: [", "a.yaml is neither JSON nor YAML"),
        ("a.yaml", b"paths: &a {b: *a}", "a.yaml is neither JSON nor YAML"),
        ("a.yaml", b"? [1, 2]\n: 3", "a.yaml is neither JSON nor YAML"),
    ],
)
def test_an_unreadable_file_is_2(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    ran = CliRunner().invoke(main, ["drift", str(file)])

    assert ran.exit_code == 2
    assert told in ran.output


def test_a_file_nested_too_deeply_is_2(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(vendor: object) -> None:
        raise RecursionError

    monkeypatch.setattr("seedance_mock.commands.drift.drift", deep)

    ran = CliRunner().invoke(main, ["drift", str(ours)])

    assert (ran.exit_code, ran.output) == (2, "Error: ours.json is nested too deeply\n")


def test_yaml_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    file = tmp_path / "vendor.yaml"
    file.write_text("paths: {}")

    ran = CliRunner().invoke(main, ["drift", str(file)])

    assert ran.exit_code == 2
    assert "pip install 'seedance-mock[yaml]'" in ran.output
