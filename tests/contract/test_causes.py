"""Every check of both suites has a cause, and every cause says what to do."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from seedance_contract import client, server
from seedance_contract.case import Level
from seedance_contract.cause import Cause, code
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.causes import CAUSES as CLIENT_CAUSES
from seedance_contract.declared.sources import Weight
from seedance_contract.server.causes import CAUSES as SERVER_CAUSES
from seedance_contract.server.suite import CHECKS

CATALOGUES = pytest.mark.parametrize(
    "causes", [CLIENT_CAUSES, SERVER_CAUSES], ids=["client", "server"]
)

CLIENT_CHECKS = {
    f"{client_case.id} {check.id}": check.cause or client_case.cause
    for client_case in CASES.values()
    for check in client_case.checks
    # A check with the level INFO never fails.
    if check.level is not Level.INFO
}

# `requests.covered` is unexercised or passes, and never fails.
SERVER_CHECKS = {check.id: check.cause for check in CHECKS if check.id != "requests.covered"}

CAUSES_OF_MISMATCHES = frozenset({"endpoint-missing", "unsafe-server"})
"""The causes that only a mismatch names, because no check is about them."""


def test_every_check_of_clients_has_a_cause() -> None:
    assert {
        name: cause for name, cause in CLIENT_CHECKS.items() if cause not in CLIENT_CAUSES
    } == {}


def test_every_check_of_servers_has_a_cause() -> None:
    assert {
        name: cause for name, cause in SERVER_CHECKS.items() if cause not in SERVER_CAUSES
    } == {}


def test_every_cause_is_used() -> None:
    assert CLIENT_CAUSES.keys() == {*CLIENT_CHECKS.values()}
    assert SERVER_CAUSES.keys() - CAUSES_OF_MISMATCHES == {*SERVER_CHECKS.values()}


def named_in_code(package: ModuleType) -> set[str]:
    """Return the causes that the modules of a package pass as the argument `cause`."""
    [folder] = package.__path__
    return {
        node.value.value
        for module in Path(folder).rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.keyword)
        and node.arg == "cause"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and node.value.value
    }


def test_every_name_of_a_cause_exists() -> None:
    assert named_in_code(client) - CLIENT_CAUSES.keys() == set()
    assert named_in_code(server) - SERVER_CAUSES.keys() == set()


def sentences(cause: Cause) -> list[str]:
    return [cause.happened, cause.consequence, cause.fix]


@CATALOGUES
def test_texts_are_sentences(causes: Mapping[str, Cause]) -> None:
    for cause in causes.values():
        assert cause.title
        assert not cause.title.endswith("."), cause.id
        for text in sentences(cause):
            assert text.endswith("."), cause.id
            assert text[0].isupper(), cause.id
            assert "  " not in text, cause.id


@CATALOGUES
def test_no_text_occurs_twice(causes: Mapping[str, Cause]) -> None:
    texts = Counter(text for cause in causes.values() for text in (cause.title, *sentences(cause)))

    assert [text for text, count in texts.items() if count > 1] == []


@CATALOGUES
def test_every_cause_is_documented(causes: Mapping[str, Cause]) -> None:
    assert [cause.id for cause in causes.values() if cause.source.weight is Weight.ASSUMED] == []


@CATALOGUES
def test_hints_have_a_known_language(causes: Mapping[str, Cause]) -> None:
    assert {language for cause in causes.values() for language in cause.hints} <= {
        "python",
        "javascript",
    }


@CATALOGUES
def test_python_hints_can_be_compiled(causes: Mapping[str, Cause]) -> None:
    for cause in causes.values():
        compile(cause.hints.get("python", ""), cause.id, "exec")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node: apt-get install nodejs")
def test_javascript_hints_can_be_parsed(tmp_path: Path) -> None:
    # One file for all hints: each start of Node takes longer than all parsing. A block for each,
    # because they declare the same names.
    hints = [
        f"{{ // {cause.id}\n{cause.hints['javascript']}\n}}"
        for cause in (*CLIENT_CAUSES.values(), *SERVER_CAUSES.values())
        if "javascript" in cause.hints
    ]
    file = tmp_path / "hints.mjs"
    file.write_text("\n".join(hints))

    ended = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_hints_keep_their_inner_indentation() -> None:
    assert (
        code("""
        while True:
            pass
    """)
        == "while True:\n    pass"
    )
