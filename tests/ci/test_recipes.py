"""The recipes for GitHub and GitLab: schemas, options, and runs on this machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from seedance_mock.commands.main import main
from seedance_mock.testing import live_server

from .runner_emulator import ROOT, Runner

RECIPES = {path.stem: path for path in (ROOT / "ci/github/recipes").iterdir()}
TEMPLATE = ROOT / "ci/gitlab/seedance.gitlab-ci.yml"
EXAMPLE = ROOT / "ci/gitlab/example.gitlab-ci.yml"

SCHEMAS = [
    ("vendor.github-actions", ROOT / "action.yml"),
    *(("vendor.github-workflows", path) for path in RECIPES.values()),
    *(("vendor.github-workflows", path) for path in (ROOT / ".github/workflows").iterdir()),
    ("vendor.gitlab-ci", TEMPLATE),
    ("vendor.gitlab-ci", EXAMPLE),
]

# The client of the recipes. It sends one create request, which is enough for the case AUTH-01.
DRIVER = """\
await fetch(`${process.env.TOKENLAB_BASE_URL}/v1/videos/generations`, {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.TOKENLAB_API_KEY}` },
  body: JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" }),
});
"""


# A test of the user's, for the recipe of GitLab.
GITLAB_TEST = """\
import os
import unittest
import urllib.request


class Test(unittest.TestCase):
    def test_models(self):
        request = urllib.request.Request(os.environ["TOKENLAB_BASE_URL"] + "/v1/models")
        request.add_header("Authorization", "Bearer " + os.environ["TOKENLAB_API_KEY"])
        urllib.request.urlopen(request).close()
"""


class GitLabLoader(yaml.SafeLoader):
    """Reads the tag of GitLab that takes a part of another job."""


def construct_reference(loader: GitLabLoader, node: yaml.SequenceNode) -> tuple[str, ...]:
    return tuple(loader.construct_sequence(node))


GitLabLoader.add_constructor("!reference", construct_reference)


@pytest.mark.slow("packaging")
@pytest.mark.parametrize(("schema", "path"), SCHEMAS, ids=lambda value: Path(str(value)).stem)
def test_file_has_the_published_schema(schema: str, path: Path) -> None:
    program = f"{sysconfig.get_path('scripts')}/check-jsonschema"
    transform = ["--data-transform", "gitlab-ci"] if schema.endswith("gitlab-ci") else []

    ended = subprocess.run(
        [program, "--builtin-schema", schema, *transform, str(path)],
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout


def recipe(name: str) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(RECIPES[name].read_text())
    return workflow


def uses(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the inputs of each use of the action in a workflow."""
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "seedance-mock" in step.get("uses", ""):
                yield step["with"]


def change_inputs(workflow: dict[str, Any], **values: str) -> dict[str, Any]:
    """Change the inputs of the action in a workflow, and return it."""
    for inputs in uses(workflow):
        assert inputs.keys() >= values.keys()
        inputs.update(values)
    return workflow


def require_known_options(command: str, options: str) -> None:
    context = click.Context(main)
    parser = main.get_command(context, command)
    assert parser is not None
    parser.make_parser(click.Context(parser, info_name=command)).parse_args(shlex.split(options))


@pytest.mark.parametrize("name", RECIPES)
def test_options_of_a_workflow_exist(name: str) -> None:
    [inputs] = uses(recipe(name))

    require_known_options(inputs["mode"].replace("start", "serve"), inputs["options"])


@pytest.mark.parametrize("job", ["test", "check-client", "check-server"])
def test_options_of_a_gitlab_job_exist(job: str) -> None:
    variables = yaml.safe_load(EXAMPLE.read_text())[job]["variables"]

    require_known_options(job.replace("test", "serve"), variables["SEEDANCE_OPTIONS"])


def test_every_gitlab_job_of_the_example_is_in_the_template() -> None:
    template = yaml.load(TEMPLATE.read_text(), GitLabLoader)
    example = yaml.safe_load(EXAMPLE.read_text())

    assert {job["extends"] for job in example.values() if "extends" in job} <= template.keys()


def require_programs(*names: str) -> None:
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def test_the_workflow_tests_with_the_mock(runner: Runner) -> None:
    require_programs("node", "npm")
    (runner.workspace / "test.mjs").write_text(DRIVER)
    (runner.workspace / "package.json").write_text('{"scripts": {"test": "node test.mjs"}}')

    exit_code = runner.run_workflow(recipe("test-with-the-mock"), {})

    assert exit_code == 0, runner.log


def test_the_workflow_shows_the_requests_of_a_failure(runner: Runner) -> None:
    require_programs("node", "npm")
    (runner.workspace / "test.mjs").write_text(DRIVER + "process.exit(1);")
    (runner.workspace / "package.json").write_text('{"scripts": {"test": "node test.mjs"}}')

    exit_code = runner.run_workflow(recipe("test-with-the-mock"), {})

    assert exit_code == 1
    assert "POST /v1/videos/generations 200" in runner.log


def test_the_workflow_checks_a_client(runner: Runner) -> None:
    require_programs("node")
    (runner.workspace / "driver.mjs").write_text(DRIVER)
    (runner.workspace / "known-failures.toml").write_text("")

    workflow = change_inputs(recipe("check-a-client"), options="--case AUTH-01")
    exit_code = runner.run_workflow(workflow, {})

    assert exit_code == 0, runner.log
    assert "1 PASS" in runner.summary


def test_the_workflow_checks_a_server(runner: Runner) -> None:
    with live_server() as server:
        workflow = recipe("check-a-server")
        change_inputs(workflow, url=server.url, options="--group catalogue")
        exit_code = runner.run_workflow(workflow, {"secrets": {"GATEWAY_KEY": "sk-gateway"}})

    assert exit_code == 0, runner.log
    assert server.url in runner.summary
    assert "sk-gateway" not in runner.log + runner.summary


def gitlab_script(job: str) -> list[str]:
    """Return the commands of a job of the example, with what it extends."""
    template = yaml.load(TEMPLATE.read_text(), GitLabLoader)
    settings: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())[job]
    while "extends" in settings:
        base = template[settings.pop("extends")]
        settings = {**base, **settings}
        settings.setdefault("extends", base.get("extends"))
        if settings["extends"] is None:
            del settings["extends"]
    commands: list[str] = []
    for command in [*settings["before_script"], *settings["script"]]:
        if isinstance(command, tuple):
            name, member = command
            commands += template[name][member]
        else:
            commands.append(command)
    return commands


def run_gitlab_job(job: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a job in a folder, with the programs of this environment in place of an installation."""
    scripts = Path(sysconfig.get_path("scripts"))
    (folder / ".seedance").mkdir()
    (folder / ".seedance/bin").symlink_to(scripts)
    commands = [command for command in gitlab_script(job) if " -m venv " not in command]
    commands = [command for command in commands if "/pip install" not in command]
    assert len(commands) == len(gitlab_script(job)) - 2
    # The runner of GitLab runs all commands in one shell, and stops what is left in the end.
    script = "\n".join(
        ["set -eo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", *commands]
    )
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "SEEDANCE_OPTIONS": "", "CI_JOB_ID": "17", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_gitlab_job_tests_with_the_mock(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(GITLAB_TEST)

    ended = run_gitlab_job("test", tmp_path, SEEDANCE_OPTIONS="--lifecycle instant")

    assert ended.returncode == 0, ended.stderr
    assert "Ran 1 test" in ended.stderr


@pytest.mark.parametrize(("case", "exit_code"), [("AUTH-01", 0), ("POLL-02", 1)])
def test_a_gitlab_job_checks_a_client(tmp_path: Path, case: str, exit_code: int) -> None:
    require_programs("node")
    (tmp_path / "driver.mjs").write_text(DRIVER)

    ended = run_gitlab_job(
        "check-client",
        tmp_path,
        SEEDANCE_CLIENT="node driver.mjs",
        SEEDANCE_OPTIONS=f"--case {case}",
    )

    assert ended.returncode == exit_code, ended.stderr
    assert case in (tmp_path / "seedance-report/junit.xml").read_text()


def test_a_gitlab_job_checks_a_server(tmp_path: Path) -> None:
    with live_server() as server:
        ended = run_gitlab_job(
            "check-server",
            tmp_path,
            SEEDANCE_URL=server.url,
            SEEDANCE_OPTIONS="--group catalogue",
        )

    assert ended.returncode == 0, ended.stderr
    report = json.loads((tmp_path / "seedance-report/report.json").read_text())
    assert report["suite"] == "server"


def test_the_action_and_the_template_write_the_same_files() -> None:
    check = (ROOT / "ci/github/check.py").read_text()
    files = set(re.findall(r'"([\w.]+\.(?:json|xml|md|html))"', check))

    assert files == set(re.findall(r"=seedance-report/([\w.]+)", TEMPLATE.read_text()))


@pytest.fixture(scope="module")
def pip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder; skip the test if pip can download nothing."""
    folder = tmp_path_factory.mktemp("pip")
    download = "-m pip download --quiet --no-deps --retries 0 --timeout 5 hatchling"
    if subprocess.run(
        [sys.executable, *download.split()], cwd=folder, capture_output=True
    ).returncode:
        pytest.skip("needs a package index")
    return folder


@pytest.mark.slow("packaging")
def test_the_action_installs_the_checkout(empty_runner: Runner, pip_cache: Path) -> None:
    exit_code, outputs = empty_runner.use_action({"mode": "start", "python": sys.executable})

    assert exit_code == 0, empty_runner.log
    assert outputs["url"].startswith("http://127.0.0.1:")
    [folder] = (empty_runner.folder / "GITHUB_PATH").read_text().splitlines()
    assert [program.name for program in Path(folder).iterdir()] == ["seedance-mock"]
    again, _ = empty_runner.use_action({"mode": "start", "python": sys.executable})
    assert again == 0
    assert (empty_runner.folder / "GITHUB_PATH").read_text().count("\n") == 1


@pytest.mark.slow("packaging")
def test_the_action_installs_what_a_check_of_servers_needs(
    empty_runner: Runner, pip_cache: Path
) -> None:
    inputs = {"mode": "check-server", "python": sys.executable, "options": "--group catalogue"}
    with live_server() as server:
        exit_code, outputs = empty_runner.use_action({**inputs, "url": server.url})

    assert exit_code == 0, empty_runner.log
    assert (Path(outputs["report"]) / "report.html").exists()


def fake_pip(runner: Runner, exit_code: int) -> None:
    """Let a script take note of what pip is to install, and exit with a code."""
    state = runner.temporary / "seedance-mock"
    (state / "installed").unlink()
    (state / "environment/bin").mkdir(parents=True)
    pip = state / "environment/bin/python"
    pip.write_text(f'#!/bin/sh\necho "pip was called: $*"\nexit {exit_code}\n')
    pip.chmod(0o755)


def test_a_package_that_cannot_be_installed_is_explained(runner: Runner) -> None:
    fake_pip(runner, 1)

    exit_code, _ = runner.use_action({"mode": "start", "version": "0.0.0"})

    assert exit_code == 2
    assert "::pip could not install seedance-mock==0.0.0; its message is in the log" in runner.log


@pytest.mark.parametrize(
    ("mode", "options", "extra"),
    [
        ("start", "", ""),
        ("check-client", "--strict", ""),
        ("check-client", "--explore --for 1m", "[kit]"),
        ("check-server", "", "[kit]"),
    ],
)
def test_the_action_installs_an_extra_only_where_it_is_needed(
    runner: Runner, mode: str, options: str, extra: str
) -> None:
    fake_pip(runner, 0)

    runner.use_action({"mode": mode, "options": options, "version": "1.2"})

    assert f" install seedance-mock{extra}==1.2\n" in runner.log
