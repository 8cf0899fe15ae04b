"""Build a release: wheel, sdist, npm tarball, SBOM, notes and checksums, all of them checked.

    python ci/release/release.py dist

Nothing is published: .github/workflows/release.yml does that with these files.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import artifacts
from checks import problems, project_version, release_notes

ROOT = Path(__file__).parents[2]


def build(root: Path, folder: Path) -> None:
    """Build everything into a folder, which is emptied first. Raises CalledProcessError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    artifacts.build_python_packages(root, folder)
    artifacts.build_npm_package(root, folder)
    artifacts.check_packages(root, folder)
    with tempfile.TemporaryDirectory() as scratch:
        artifacts.write_sbom(root, folder, Path(scratch))
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    notes = release_notes(changelog, project_version(root)) or ""
    (folder / artifacts.NOTES).write_text(notes + "\n", encoding="utf-8")
    artifacts.write_checksums(folder)


def main(root: Path, folder: Path) -> int:
    """Build a release if nothing speaks against it, and return the exit code."""
    if found := [*problems(root)]:
        print("There is no release:", *(f"- {problem}" for problem in found), sep="\n")
        return 1
    try:
        build(root, folder)
    except subprocess.CalledProcessError as error:
        print(f"There is no release: {error.cmd[0]} failed with exit code {error.returncode}.")
        return 1
    print(f"The release is in {folder}:", *sorted(path.name for path in folder.iterdir()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(ROOT, Path(sys.argv[1]).absolute()))
