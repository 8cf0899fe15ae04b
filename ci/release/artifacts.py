"""The files of a release: built, described and checked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from checks import NPM_PACKAGE

CHECKSUMS = "SHA256SUMS"
SBOM = "sbom.cdx.json"
NOTES = "notes.md"

SCRIPTS = Path(sysconfig.get_path("scripts"))


def run(*command: str | Path, cwd: Path) -> None:
    """Run a program. Raises CalledProcessError if it fails."""
    print("+", *command, flush=True)
    subprocess.run(command, cwd=cwd, env=_environment(cwd), check=True)


def build_python_packages(root: Path, folder: Path) -> None:
    """Build the wheel and the sdist, the wheel from the sdist."""
    run(sys.executable, "-m", "build", "--outdir", folder, root, cwd=root)


def build_npm_package(root: Path, folder: Path) -> None:
    """Build the tarball of the npm package."""
    run("npm", "pack", "--silent", "--pack-destination", folder, cwd=root / NPM_PACKAGE)


def write_sbom(root: Path, folder: Path, scratch: Path) -> None:
    """Write which packages an installation of the wheel consists of, as CycloneDX JSON."""
    environment = scratch / "installed"
    venv.create(environment, with_pip=True)
    [wheel] = folder.glob("*.whl")
    python = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)})) / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=scratch)
    # Not a part of the project: it has only installed the others.
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", cwd=scratch)
    command = (SCRIPTS / "cyclonedx-py", "environment", python, "--pyproject", "pyproject.toml")
    options = ("--output-reproducible", "--validate", "--output-file", folder / SBOM)
    run(*command, *options, cwd=root)


def check_packages(root: Path, folder: Path) -> None:
    """Check what the package indexes would complain of. Raises CalledProcessError."""
    packages = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    run(SCRIPTS / "twine", "check", "--strict", *packages, cwd=root)
    run("npm", "run", "--silent", "check-package", cwd=root / NPM_PACKAGE)


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of each file in the folder, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.iterdir() if path.name != CHECKSUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _environment(root: Path) -> dict[str, str]:
    """Return an environment in which the same commit gives the same files."""
    command = ["git", "log", "-1", "--format=%ct"]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True)
    commit_time = {"SOURCE_DATE_EPOCH": ended.stdout.strip()} if ended.returncode == 0 else {}
    return {**os.environ, **commit_time}
