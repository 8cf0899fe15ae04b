"""The code blocks of the documentation work.

A block runs as it stands, unless a comment `<!-- not run: why -->` is above it. The shell blocks of
a page run one after the other in one shell, as a reader pastes them. `test_readme` runs the blocks
of the README, and checks what they print.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from seedance_contract.case import Group
from seedance_contract.client.catalogue import CASES_BY_GROUP
from seedance_contract.selection import Selection, select
from seedance_contract.server.suite import GROUPS
from seedance_mock.commands.main import main
from seedance_mock.testing import LiveServer

from .conftest import Requests
from .markdown import PAGES, README, ROOT, Block, all_blocks, blocks, name

pytestmark = pytest.mark.usefixtures("unmeasured")

PAUSES = {
    "sleep 6": "sleep 0",
    "time.sleep(5)": "time.sleep(0)",
    "wake, 5000": "wake, 0",
    'os.environ["TOKENLAB_API_KEY"])': 'os.environ["TOKENLAB_API_KEY"], poll_interval=0)',
}
"""Pages wait as one should. Here tasks take no time."""

JOB = {
    "kit": 1,
    "action": "generate",
    "request": {"model": "seedance-2.0-fast", "prompt": "A paper boat"},
    "deadline_s": 10,
    "poll_interval_s": 0.01,
}

PROGRAMS = ("curl", "jq", "node")

SHELL = ("bash", "-eu", "-o", "pipefail")

UNINTENDED = (400, 403, 404, 405, 500)
"""The statuses that no request of the documentation should get: it is about another fault."""


def runnable(language: str) -> list[Block]:
    """Return the blocks that run here."""
    return [block for block in all_blocks(language) if block.is_run and block.page != README]


SHELL_PAGES = list(dict.fromkeys(block.page for block in runnable("sh")))


def prepared(text: str, url: str) -> str:
    """Return the code of a block for a server at `url`, without pauses."""
    for pause, instead in {**PAUSES, "http://127.0.0.1:8000": url}.items():
        text = text.replace(pause, instead)
    return text


def environment(url: str) -> dict[str, str]:
    scripts = sysconfig.get_path("scripts")
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "TOKENLAB_BASE_URL": url,
        "TOKENLAB_API_KEY": "sk-mock-clock-polls--docs",
        "KIT_JOB": json.dumps(JOB),
        "PYTHONPATH": str(ROOT / "examples/python"),
    }


def require_programs(text: str) -> None:
    """Skip the test if a program that the code calls is missing."""
    called = [program for program in PROGRAMS if re.search(rf"\b{program}\b", text)]
    missing = [program for program in called if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def run(command: Sequence[str], text: str, folder: Path, url: str) -> str:
    """Return the output of a program with `text` as its input. It must succeed."""
    process = subprocess.run(
        command,
        input=text,
        cwd=folder,
        env=environment(url),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert process.returncode == 0, process.stderr + process.stdout
    return process.stdout


def shell_script(page: Path) -> str:
    """Return the shell blocks of a page, each at its line, so that messages name the line."""
    # In the line of the title: a block that fails must not leave its server running.
    lines = ["trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for block in blocks(page):
        if block.language == "sh" and block.is_run:
            lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", SHELL_PAGES, ids=name)
def test_shell_blocks_succeed(
    page: Path, server: LiveServer, requests: Requests, tmp_path: Path
) -> None:
    script = prepared(shell_script(page), server.url)
    require_programs(script)

    run(SHELL, script, tmp_path, server.url)

    assert requests.with_status(*UNINTENDED) == []


@pytest.mark.parametrize("block", runnable("python"), ids=str)
def test_python_block_succeeds(
    block: Block, server: LiveServer, requests: Requests, tmp_path: Path
) -> None:
    # The empty lines make the line numbers of a traceback those of the page.
    text = "\n" * (block.line - 1) + prepared(block.text, server.url)

    run([sys.executable, "-"], text, tmp_path, server.url)

    assert requests.with_status(*UNINTENDED) == []


@pytest.mark.parametrize("block", runnable("js"), ids=str)
def test_javascript_block_succeeds(
    block: Block, server: LiveServer, requests: Requests, tmp_path: Path
) -> None:
    require_programs("node")
    text = prepared(block.text, server.url)

    run(["node", "--input-type=module", "-"], text, tmp_path, server.url)

    assert requests.with_status(*UNINTENDED) == []


@pytest.mark.parametrize("block", all_blocks("json", "toml", "yaml"), ids=str)
def test_data_block_is_valid(block: Block) -> None:
    match block.language:
        case "json":
            assert json.loads(block.text)
        case "toml":
            assert tomllib.loads(block.text)
        case _:
            assert yaml.safe_load(block.text)


@pytest.mark.parametrize("block", all_blocks("go"), ids=str)
def test_go_block_is_formatted(block: Block) -> None:
    if shutil.which("gofmt") is None:
        pytest.skip("needs gofmt")

    # gofmt takes declarations without a package, too.
    ended = subprocess.run(["gofmt"], input=block.text, capture_output=True, text=True)

    assert (ended.stderr, ended.stdout) == ("", block.text)


UNRUN = [block for block in all_blocks("js", "python") if block.comment.startswith("not run")]


@pytest.mark.parametrize("block", UNRUN, ids=str)
def test_a_block_that_is_not_run_can_be_parsed(block: Block) -> None:
    if block.language == "python":
        ast.parse(block.text)
        return
    require_programs("node")
    # Standard input can be run as a module, but not only parsed.
    program = f"if (false) {{ {block.text.replace('import ', '// ')} }}"
    ended = subprocess.run(
        ["node", "--input-type=module"], input=program, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def test_every_block_has_a_known_language() -> None:
    known = {"sh", "python", "js", "go", "java", "json", "toml", "yaml", "text"}

    assert [
        str(block) for page in PAGES for block in blocks(page) if block.language not in known
    ] == []


def command_lines(block: Block) -> list[str]:
    """Return the command lines in a block that start seedance-mock."""
    # A YAML block folds a long command line: its options continue on the next lines.
    text = re.sub(r"\n\s+(?=--)", " ", block.text)
    return re.findall(r"seedance-mock [a-z][^|;&>#\n]*", text)


COMMAND_LINES = [
    (block, line) for block in all_blocks("sh", "yaml") for line in command_lines(block)
]


@pytest.mark.parametrize(
    ("block", "line"), COMMAND_LINES, ids=[f"{block} {line}" for block, line in COMMAND_LINES]
)
def test_command_line_has_known_options(block: Block, line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command = main.get_command(click.Context(main), name)
    assert command is not None, f"{block}: no command {name}"
    parser = command.make_parser(click.Context(command, info_name=name))

    try:
        values, _, _ = parser.parse_args(arguments)
    except click.UsageError as error:
        pytest.fail(f"{block}: {line}: {error.format_message()}")
    assert selects_something(command, values)


def selects_something(command: click.Command, values: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a command line selects a case or a check. Raises ValueError if not."""
    names = {
        option: str(parameter.name) for parameter in command.params for option in parameter.opts
    }
    suites: Mapping[str, Mapping[Group, Sequence[Any]]] = {
        "check-client": CASES_BY_GROUP,
        "check-server": GROUPS,
    }
    if suite := suites.get(str(command.name)):
        cases, groups = (values.get(names[option], ()) for option in ("--case", "--group"))
        return bool(select(suite, Selection(cases=cases, groups=groups)))
    return True


def test_command_lines_are_found() -> None:
    assert len(COMMAND_LINES) > 20
