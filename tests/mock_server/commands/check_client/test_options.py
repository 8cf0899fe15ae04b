"""The options of `check-client`: the command line that runs one case again."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
from dataclasses import fields, replace
from pathlib import Path

import pytest

from seedance_mock.commands.check_client.options import ClientRunOptions, reproduce_command
from seedance_mock.commands.framework.suite_options import SuiteOptions

SCRIPTS = sysconfig.get_path("scripts")

OPTIONS = ClientRunOptions(
    command=("python", "my client.py"),
    core=False,
    repeat=1,
    variables=(),
    arguments=(),
    regrade=None,
    jobs=32,
    timeout=None,
    warp=1.0,
    pull=False,
    idle_seconds=30.0,
    port=0,
    suite=SuiteOptions.take({field.name: None for field in fields(SuiteOptions)}),
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "-- python 'my client.py'"),
        ({"variables": ("A=it's $HOME",)}, """'--env=A=it'"'"'s $HOME' -- python 'my client.py'"""),
        (
            {"arguments": ("--prompt={prompt}",)},
            "'--arg=--prompt={prompt}' -- python 'my client.py'",
        ),
        (
            {"repeat": 3, "timeout": 2.5, "warp": 10.0, "jobs": 1},
            "--repeat 3 --timeout 2.5 --warp 10 -- python 'my client.py'",
        ),
        ({"dialect": "v3"}, "--dialect v3 -- python 'my client.py'"),
        ({"pull": True, "command": ()}, "--pull --idle 30"),
        ({"pull": True, "command": (), "port": 8080}, "--pull --idle 30 --port 8080"),
    ],
    ids=["command", "variable", "argument", "limits", "dialect", "pull", "pull on a port"],
)
def test_command_line_has_what_the_case_depends_on(
    changes: dict[str, object], expected: str
) -> None:
    options = replace(OPTIONS, **changes)  # type: ignore[arg-type] # each field has its type

    line = reproduce_command(options, "POLL-17")

    assert line == f"seedance-mock check-client --case POLL-17 {expected}"


CLIENT = """
import os, sys, urllib.request
assert os.environ["NOTE"] == "it's $5 \\"net\\"", os.environ["NOTE"]
assert sys.argv[1].startswith("--prompt=")
headers = {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]}
url = os.environ["TOKENLAB_BASE_URL"] + "/v1/videos/generations"
request = urllib.request.Request(url, b'{"model": "seedance-2.0"', headers)
try:
    urllib.request.urlopen(request)
except OSError as error:
    sys.exit(str(error))
"""


@pytest.mark.slow("reference-clients")
def test_command_line_runs_the_case_again(tmp_path: Path) -> None:
    (tmp_path / "my client.py").write_text(CLIENT)
    environment = {**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}

    def run(line: str) -> tuple[int, dict[str, object]]:
        ended = subprocess.run(
            ["sh", "-c", f"{line.replace('check-client', 'check-client --json r.json', 1)}"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        [result] = json.loads((tmp_path / "r.json").read_text())["results"]
        return ended.returncode, result

    options = ['--env=NOTE=it\'s $5 "net"', "--arg=--prompt={prompt}", "--timeout=20"]
    client = ["--", sys.executable, "my client.py"]
    first = run(shlex.join(["seedance-mock", "check-client", "--case=REQ-01", *options, *client]))

    again = run(str(first[1]["reproduce"]))

    assert (again[0], again[1]["verdict"]) == (first[0], first[1]["verdict"]) == (1, "FAIL")
    assert again[1]["findings"] == first[1]["findings"]
