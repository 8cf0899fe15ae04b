"""The sessions of nox are the targets of the Makefile, for systems without make."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]

NOXFILE = runpy.run_path(str(ROOT / "noxfile.py"))

NEEDLESS = {"clean", "help"}
"""Targets that nox has itself: it lists its sessions, and its environments are in one folder."""

ONLY_NOX = {"smoke"}


def test_every_target_is_a_session() -> None:
    [targets] = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    sessions = {
        node.name.replace("_", "-")
        for node in ast.parse((ROOT / "noxfile.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
    }

    assert sessions - ONLY_NOX == set(targets.split()) - NEEDLESS


def test_nox_runs_the_tests_by_default() -> None:
    assert NOXFILE["nox"].options.sessions == ["test"]


def test_the_tests_for_every_system_exist() -> None:
    assert [path for path in NOXFILE["SMOKE"] if not (ROOT / path).exists()] == []
