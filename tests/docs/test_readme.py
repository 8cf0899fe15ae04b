"""The README's code works in each of its languages when a stranger pastes it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from seedance_mock.testing import LiveServer

from .conftest import Requests
from .markdown import README, blocks
from .test_blocks import (
    SHELL,
    UNINTENDED,
    environment,
    prepared,
    require_programs,
    run,
    shell_script,
)


def block(language: str, start: str) -> str:
    """Return the README's block in which a line starts with `start`."""
    [text] = [
        block.text
        for block in blocks(README)
        if block.language == language and re.search(f"^{re.escape(start)}", block.text, re.M)
    ]
    return text


def test_shell_blocks_download_a_video(
    server: LiveServer, requests: Requests, tmp_path: Path
) -> None:
    script = prepared(shell_script(README), server.url)
    require_programs(script)

    run(SHELL, script, tmp_path, server.url)

    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"
    assert requests.with_status(*UNINTENDED) == []


def test_python_flow_completes(server: LiveServer, tmp_path: Path) -> None:
    text = prepared(block("python", "import time"), server.url)

    output = run([sys.executable, "-"], text, tmp_path, server.url)

    assert output.startswith("completed http")


def test_javascript_flow_completes(server: LiveServer, tmp_path: Path) -> None:
    require_programs("node")
    text = prepared(block("js", "const base"), server.url)

    output = run(["node", "--input-type=module", "-"], text, tmp_path, server.url)

    assert output.startswith("completed http")


def test_check_request_reports_every_violation(server: LiveServer, tmp_path: Path) -> None:
    text = block("sh", "echo '{").replace(".venv/bin/", "")

    process = subprocess.run(
        ["bash", "-c", text],
        cwd=tmp_path,
        env=environment(server.url),
        stdout=subprocess.PIPE,
        text=True,
    )

    assert process.returncode == 1
    assert "resolution must be one of 480p, 720p" in process.stdout
    assert "fps is not supported" in process.stdout


def test_keys_script_the_responses(server: LiveServer, tmp_path: Path) -> None:
    text = prepared(block("sh", "try busy"), server.url)
    require_programs(text)

    output = run(["bash", "-u"], text + "\ntrue\n", tmp_path, server.url)

    statuses = [int(status) for status in re.findall(r"HTTP/1\.1 (\d{3})", output)]
    assert statuses == [429, 503, 504, 402, 402, 502, 400]
    assert "did_you_mean" in output
