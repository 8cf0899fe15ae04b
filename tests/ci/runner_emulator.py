"""Runs the composite action and workflows as the runner of GitHub Actions does.

It has what this project uses: `run` steps with bash, uses of the action, `env`, `if`, `with`,
outputs, and the files for outputs, the PATH and the summary. Other actions are left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SELF = re.compile(r"OWNER/seedance-mock@.+")

Context = dict[str, Any]


def lookup(context: Context, path: str) -> str:
    """Return the value of a path such as `steps.mock.outputs.url`; empty if there is none."""
    value: Any = context
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return str(value)


def substitute(text: object, context: Context) -> str:
    """Return a text with the values of its `${{ … }}`."""
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: lookup(context, match[1]), str(text))


def is_met(condition: str | None, context: Context, *, failed: bool) -> bool:
    """Return whether a step with this `if` runs. `failed`: an earlier step has failed."""
    if condition in ("always()", "failure()"):
        return failed or condition == "always()"
    if condition is None:
        return not failed
    path, operator, literal = condition.split()
    assert operator in ("==", "!=")
    is_equal = lookup(context, path) == literal.strip("'")
    return not failed and is_equal is (operator == "==")


def parse_outputs(text: str) -> dict[str, str]:
    """Return what a step has written to `GITHUB_OUTPUT`."""
    found = re.findall(r"^([\w-]+)<<(\w+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


@dataclass
class Runner:
    """A job in a folder of its own.

    Args:
        folder: a folder for the files of the runner; the workspace is in it.
        environment: the environment of the job.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    log: str = ""

    def __post_init__(self) -> None:
        self.workspace.mkdir(exist_ok=True)
        self.temporary.mkdir(exist_ok=True)

    @property
    def workspace(self) -> Path:
        """The folder in which the steps of a workflow run."""
        return self.folder / "workspace"

    @property
    def temporary(self) -> Path:
        """The folder for temporary files of the job."""
        return self.folder / "temporary"

    @property
    def summary(self) -> str:
        """The summary of the job."""
        file = self.folder / "GITHUB_STEP_SUMMARY"
        return file.read_text() if file.exists() else ""

    def use_action(self, inputs: Mapping[str, object]) -> tuple[int, dict[str, str]]:
        """Return the exit code and the outputs of a use of the action."""
        assert inputs.keys() <= ACTION["inputs"].keys()
        defaults = {name: value.get("default", "") for name, value in ACTION["inputs"].items()}
        context: Context = {"inputs": {**defaults, **inputs}, "steps": {}}
        exit_code = self.run_steps(ACTION["runs"]["steps"], context)
        outputs = ACTION["outputs"].items()
        return exit_code, {name: substitute(value["value"], context) for name, value in outputs}

    def run_workflow(self, workflow: Mapping[str, Any], context: Context) -> int:
        """Return the exit code of the one job of a workflow."""
        [job] = workflow["jobs"].values()
        return self.run_steps(job["steps"], {"steps": {}, **context})

    def run_steps(self, steps: list[Mapping[str, Any]], context: Context) -> int:
        """Run the steps, and return the exit code of the first that fails."""
        result = 0
        for step in steps:
            if not is_met(step.get("if"), context, failed=result != 0):
                continue
            exit_code, outputs = self.run_step(step, context)
            if "id" in step:
                context["steps"][step["id"]] = {"outputs": outputs}
            result = result or exit_code
        return result

    def run_step(self, step: Mapping[str, Any], context: Context) -> tuple[int, dict[str, str]]:
        """Run a step, and return its exit code and its outputs."""
        if "uses" not in step:
            return self.run_script(step, context)
        values = {name: substitute(value, context) for name, value in step.get("with", {}).items()}
        return self.use_action(values) if SELF.fullmatch(step["uses"]) else (0, {})

    def run_script(self, step: Mapping[str, Any], context: Context) -> tuple[int, dict[str, str]]:
        """Run the script of a step in bash, with the files of the runner in its environment."""
        output = self.folder / "GITHUB_OUTPUT"
        output.write_text("")
        variables = step.get("env", {}).items()
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=self.step_environment()
            | {name: substitute(value, context) for name, value in variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.log += ended.stdout
        return ended.returncode, parse_outputs(output.read_text())

    def step_environment(self) -> dict[str, str]:
        """Return the environment of a step, with the PATH that earlier steps have chosen."""
        files = ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        added = self.folder / "GITHUB_PATH"
        folders = added.read_text().splitlines()[::-1] if added.exists() else []
        return {
            **os.environ,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_RUN_ID": "17",
            "GITHUB_RUN_ATTEMPT": "2",
            "RUNNER_TEMP": str(self.temporary),
            **{name: str(self.folder / name) for name in files},
            **self.environment,
            "PATH": os.pathsep.join([*folders, self.environment.get("PATH", os.environ["PATH"])]),
        }


def pretend_installed(runner: Runner) -> None:
    """Let the runner use the programs of this environment, as if installed earlier in the job."""
    state = runner.temporary / "seedance-mock"
    state.mkdir()
    (state / "installed").write_text(f"{ROOT}\n{ROOT}[kit]\n")
    scripts = sysconfig.get_path("scripts")
    runner.environment["PATH"] = f"{scripts}{os.pathsep}{os.environ['PATH']}"
