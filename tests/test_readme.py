"""What the README tells a stranger to paste works, in each of its languages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_contract.derived.tables import current
from seedance_mock.scripting.readme_tables import TABLES

README = Path(__file__).parents[1] / "README.md"

PAUSES = {"sleep 6": "sleep 0.1", "time.sleep(5)": "time.sleep(0.1)", "wake, 5000": "wake, 100"}
"""The README waits as one should; here tasks take no time."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the URL of a real server."""
    options = ["--port", "0", "--log-format", "none", "--lifecycle", "instant"]
    command = [sys.executable, "-m", "seedance_mock", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def block(language: str, start: str) -> str:
    """Return the README's block of a language in which a line starts so."""
    found = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    [text] = [one for one in found if re.search(f"^{re.escape(start)}", one, re.MULTILINE)]
    for pause, instead in PAUSES.items():
        text = text.replace(pause, instead)
    return str(text)


def run(command: list[str], text: str, folder: Path) -> str:
    """Return what a program prints when it is given `text`; it must succeed."""
    ended = subprocess.run(
        command, input=text, cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_curl_flow_downloads_a_video(server: str, tmp_path: Path) -> None:
    text = block("sh", "id=$(curl").replace("http://127.0.0.1:8000", server)

    run(["bash", "-eu"], text, tmp_path)

    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"


def test_python_flow_completes(server: str, tmp_path: Path) -> None:
    text = block("python", "import time").replace("http://127.0.0.1:8000", server)

    assert run([sys.executable, "-"], text, tmp_path).startswith("completed http")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_javascript_flow_completes(server: str, tmp_path: Path) -> None:
    text = block("js", "const base").replace("http://127.0.0.1:8000", server)

    told = run(["node", "--input-type=module", "-"], text, tmp_path)

    assert told.startswith("completed http")


def test_careful_client_downloads_a_video(server: str, tmp_path: Path) -> None:
    text = block("python", "from seedance_client").replace(
        'os.environ["TOKENLAB_BASE_URL"], os.environ["TOKENLAB_API_KEY"]',
        f'"{server}", "sk-anything", interval=0.1',
    )
    copied = README.with_name("examples") / "python/seedance_client.py"
    shutil.copy(copied, tmp_path)

    run([sys.executable, "-"], "import sys; sys.path.insert(0, '.')\n" + text, tmp_path)

    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"


def test_control_example_runs(server: str, tmp_path: Path) -> None:
    text = block("python", "control = Control").replace("http://127.0.0.1:8000", server)

    assert run([sys.executable, "-"], text, tmp_path) == ""


def test_tables_are_current() -> None:
    text = README.read_text()

    assert current(text, TABLES) == text, (
        "run: python -m seedance_mock.scripting.readme_tables README.md"
    )


def test_every_table_has_its_place() -> None:
    marked = re.findall(r"<!-- table: (\w+) -->", README.read_text())

    assert sorted(marked) == sorted([*TABLES, "clients"])  # which examples/results.py makes


def test_the_tables_command_keeps_them_current(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(README.read_text().replace("| `busy` |", "| `old` |"))

    run([sys.executable, "-m", "seedance_mock.scripting.readme_tables", str(copy)], "", tmp_path)

    assert copy.read_text() == README.read_text()
