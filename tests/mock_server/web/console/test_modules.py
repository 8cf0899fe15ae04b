"""The pure functions of the console's modules, in Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from seedance_mock.web.console.files import console_files

TESTS = Path(__file__).parent / "modules"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_pure_functions(tmp_path: Path) -> None:
    assert NODE is not None
    # The modules as the server delivers them: the parts of the report are beside them.
    for name, file in console_files().items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.content)
    for test in TESTS.glob("*.mjs"):
        shutil.copy(test, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    run = subprocess.run(
        [NODE, "--test", "--test-reporter=tap"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-5_000:] + run.stderr[-2_000:]
    assert "# pass 16" in run.stdout
