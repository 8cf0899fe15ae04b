"""Tools of npm read what the control API writes: types from its document, and its archive."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings

MODULES = Path(sys.prefix, "npm/node_modules")

pytestmark = [
    pytest.mark.slow("javascript"),
    pytest.mark.skipif(
        shutil.which("node") is None or not Path(MODULES, "openapi-typescript").exists(),
        reason="no node, or no openapi-typescript: make test-slow needs npm",
    ),
]

PROGRAM = """
import type { components, paths } from "./control";

type Report = paths["/_mock/checks"]["get"]["responses"]["200"]["content"]["application/json"];
type Validation = components["schemas"]["Validation"];
type Entry = components["schemas"]["JournalEntry"];

export const failed = (report: Report): string[] =>
  report.checks.filter((check) => check.verdict === "FAIL").map((check) => check.requests[0]);
export const text = (validation: Validation): string =>
  validation.accepted ? validation.operation : validation.rules.join();
export const task = (entry: Entry): string => entry.task_id ?? "none";
// @ts-expect-error No check has this verdict.
export const wrong = (report: Report) => report.checks[0].verdict === "GOOD";
"""

VALIDATE = """
const har = JSON.parse(require("fs").readFileSync(0));
require(process.argv[1]).har(har).then(() => console.log("valid"), (error) => {
  console.log(JSON.stringify(error.errors));
});
"""


def node(*arguments: str | Path, text: str = "", cwd: Path | None = None) -> str:
    """Run a program of node and return its output."""
    ended = subprocess.run(
        ["node", *arguments], input=text, capture_output=True, text=True, cwd=cwd, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_typescript_knows_the_control_api(client: TestClient, tmp_path: Path) -> None:
    document, types = tmp_path / "control.json", tmp_path / "control.ts"
    document.write_text(client.get("/_mock/openapi.json").text)
    (tmp_path / "program.ts").write_text(PROGRAM)

    node(MODULES / "openapi-typescript/bin/cli.js", document, "-o", types)

    options = ("--noEmit", "--strict", "--target", "es2020", "program.ts")
    assert node(MODULES / "typescript/bin/tsc", *options, cwd=tmp_path) == ""


@pytest.mark.parametrize("settings", [Settings(journal_bodies=True), Settings()])
def test_the_archive_is_valid(user: TestClient, settings: Settings) -> None:
    user.event_hooks["response"].clear()
    body = {"model": "seedance-2.0", "prompt": "a paper boat"}
    user.post("/v1/videos/generations?key=ä", json=body)
    user.get("/v1/models?view=compact", headers={"Host": "sk-secret"})
    lost = {"Authorization": "Bearer sk-mock-create-reset--a"}
    user.post("/v1/videos/generations", json=body, headers=lost)
    archive = user.get("/_mock/export").json()

    assert len(archive["log"]["entries"]) == 3
    assert node("-e", VALIDATE, MODULES / "har-validator", text=json.dumps(archive)) == "valid\n"
