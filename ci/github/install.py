"""The first step of the action: install seedance-mock in an environment of its own.

Only the program `seedance-mock` gets on the PATH, so that `python` stays the user's in later steps.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from runner import add_to_path, fail, read_input, read_words, work_folder

MODES = ("start", "check-client", "check-server")
"""The values of the input `mode`."""

MINIMUM_PYTHON = (3, 11)


def requirement(mode: str, options: list[str], version: str) -> str:
    """Return what pip installs: a released version, or the checkout of the action."""
    # The extra has 20 packages, which the cases for clients do without.
    extra = "[kit]" if mode == "check-server" or "--explore" in options else ""
    if version:
        return f"seedance-mock{extra}=={version}"
    return os.environ["GITHUB_ACTION_PATH"] + extra


def install(folder: Path, package: str) -> None:
    """Install a package in the environment in `folder`, which is created if necessary."""
    environment = folder / "environment"
    if not environment.exists():
        venv.create(environment, with_pip=True)
    scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))
    pip = f"{scripts / 'python'}", "-m", "pip", "--quiet", "--disable-pip-version-check"
    if subprocess.run([*pip, "install", package]).returncode:
        fail(f"pip could not install {package}; its message is in the log of this step.")
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    # A copy works: the program names its interpreter with the full path.
    for program in scripts.glob("seedance-mock*"):
        shutil.copy(program, programs)
    add_to_path(programs)


def main() -> None:
    """Install what the mode needs, unless an earlier use of the action in this job has done it."""
    mode = read_input("mode")
    if mode not in MODES:
        fail(f"The input `mode` is {mode!r}; it must be one of {', '.join(MODES)}.")
    if sys.version_info < MINIMUM_PYTHON:
        fail(
            f"seedance-mock needs Python 3.11 or later, and {sys.executable} is"
            f" {sys.version.split()[0]}. Put a step `uses: actions/setup-python` before this one."
        )
    package = requirement(mode, read_words("options"), read_input("version"))
    stamps = work_folder() / "installed"
    stamps.parent.mkdir(parents=True, exist_ok=True)
    if not stamps.exists() or package not in stamps.read_text().splitlines():
        install(work_folder(), package)
        with stamps.open("a") as file:
            file.write(f"{package}\n")


if __name__ == "__main__":
    main()
