"""What must be true before a release: one version everywhere, a tag, notes, a clean checkout."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

NPM_PACKAGE = Path("clients/javascript")

UNRELEASED = "Unreleased"


def project_version(root: Path) -> str:
    """Return the version in pyproject.toml, which holds for everything that is released."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version: str = project["version"]
    return version


def release_notes(changelog: str, version: str) -> str | None:
    """Return the section of a version in the changelog without its heading; None if it is missing.

    The heading is `## 1.2.3`, with or without a date behind it.
    """
    heading = rf"^## {re.escape(version)}(?: [^\n]*)?\n(?P<text>.*?)(?=^## |\Z)"
    match = re.search(heading, changelog, re.MULTILINE | re.DOTALL)
    return match["text"].strip() if match else None


def problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with a release of the checkout, each with what to do."""
    version = project_version(root)
    yield from _npm_problems(root, version)
    if release_notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version) is None:
        yield f"CHANGELOG.md has no section {version}: rename the section {UNRELEASED}"
    tags = _git(root, "tag", "--points-at", "HEAD").split()
    if f"v{version}" not in tags:
        found = f"has the tag {', '.join(tags)}" if tags else "has no tag"
        yield (
            f"this commit {found}, and pyproject.toml has the version {version}: git tag v{version}"
        )
    if changes := _git(root, "status", "--porcelain"):
        yield f"the checkout has changes that are not committed: {changes.split()[-1]}"


def _npm_problems(root: Path, version: str) -> Iterator[str]:
    for name in ("package.json", "package-lock.json"):
        found = json.loads((root / NPM_PACKAGE / name).read_text(encoding="utf-8"))["version"]
        if found != version:
            yield (
                f"{NPM_PACKAGE.as_posix()}/{name} has the version {found}:"
                f" npm version {version} --no-git-tag-version --prefix {NPM_PACKAGE.as_posix()}"
            )


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
