"""Runs the scripts that repeat failures."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run_script(script: str, url: str, folder: Path, **variables: str) -> str:
    """Run a script against the server at `url`. Return what it printed."""
    path = folder / "script.sh"
    path.write_text(script, "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
        "BASE_URL": url,
        "TRIES": "30",
        **variables,
    }
    ended = subprocess.run(
        ["sh", path],
        env=environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )
    return ended.stdout
