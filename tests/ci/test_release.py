"""`make release`: what it refuses, and what it builds in a clean clone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import artifacts
from checks import problems, release_notes

ROOT = Path(__file__).parents[2]
NPM = "clients/javascript"

CHANGELOG = "# Changelog\n\n## 1.2.3 (2026-12-01)\n\n### Added\n- A.\n\n## 1.2.2\n- B.\n"

Git = Callable[..., None]


def run_git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a repository that can be released as 1.2.3."""
    (tmp_path / NPM).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for name in ("package.json", "package-lock.json"):
        (tmp_path / NPM / name).write_text('{"version": "1.2.3"}')
    run_git(tmp_path, "init", "--quiet")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "--quiet", "--message", "Release 1.2.3")
    run_git(tmp_path, "tag", "v1.2.3")
    return tmp_path


def test_a_tagged_clean_checkout_is_released(checkout: Path) -> None:
    assert [*problems(checkout)] == []


def test_another_tag_is_refused(checkout: Path) -> None:
    run_git(checkout, "tag", "--delete", "v1.2.3")
    run_git(checkout, "tag", "v1.2.4")

    assert [*problems(checkout)] == [
        "this commit has the tag v1.2.4, and pyproject.toml has the version 1.2.3: git tag v1.2.3"
    ]


def test_everything_that_is_wrong_is_named_at_once(checkout: Path) -> None:
    run_git(checkout, "tag", "--delete", "v1.2.3")
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n- A.\n")
    (checkout / NPM / "package.json").write_text('{"version": "1.2.2"}')

    assert [*problems(checkout)] == [
        "clients/javascript/package.json has the version 1.2.2:"
        " npm version 1.2.3 --no-git-tag-version --prefix clients/javascript",
        "CHANGELOG.md has no section 1.2.3: rename the section Unreleased",
        "this commit has no tag, and pyproject.toml has the version 1.2.3: git tag v1.2.3",
        "the checkout has changes that are not committed: clients/javascript/package.json",
    ]


def test_the_notes_are_the_section_of_the_version() -> None:
    assert release_notes(CHANGELOG, "1.2.3") == "### Added\n- A."
    assert release_notes(CHANGELOG, "1.2.2") == "- B."
    assert release_notes(CHANGELOG, "1.2") is None


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"wheel")

    artifacts.write_checksums(tmp_path)
    artifacts.write_checksums(tmp_path)

    [line] = (tmp_path / artifacts.CHECKSUMS).read_text().splitlines()
    assert re.fullmatch(r"[0-9a-f]{64}  a\.whl", line)


def test_the_npm_package_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = {
        json.loads((ROOT / NPM / name).read_text())["version"]
        for name in ("package.json", "package-lock.json")
    }

    assert versions == {project["version"]}


def clone(folder: Path) -> None:
    """Clone the project as it is in this checkout, with a release of its changelog."""
    run_git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    changelog = folder / "CHANGELOG.md"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog.write_text(changelog.read_text().replace("## Unreleased", f"## {version}", 1))
    run_git(folder, "commit", "--quiet", "--all", "--message", f"Release {version}")
    run_git(folder, "tag", f"v{version}")
    # Installed once for all tests. Git ignores it.
    (folder / NPM / "node_modules").symlink_to(ROOT / NPM / "node_modules")


@pytest.mark.slow("javascript")
def test_a_release_is_built_in_a_clean_clone(tmp_path: Path) -> None:
    if shutil.which("npm") is None or not (ROOT / NPM / "node_modules").is_dir():
        pytest.skip("needs npm and its packages: `make test-slow` installs these")
    if not (ROOT / ".git").exists():
        pytest.skip("needs a clone")
    clone(tmp_path / "clone")

    ended = subprocess.run(
        [sys.executable, "ci/release/release.py", "dist"],
        cwd=tmp_path / "clone",
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    dist = tmp_path / "clone/dist"
    assert {
        re.sub(r"-\d[\w.]*?(?=[-.](py3|tar|tgz))", "", path.name) for path in dist.iterdir()
    } == {
        "SHA256SUMS",
        "notes.md",
        "sbom.cdx.json",
        "seedance-mock.tgz",
        "seedance_mock-py3-none-any.whl",
        "seedance_mock.tar.gz",
    }
    sbom = json.loads((dist / "sbom.cdx.json").read_text())
    assert {"starlette", "uvicorn", "orjson"} <= {part["name"] for part in sbom["components"]}
    assert sbom["metadata"]["component"]["name"] == "seedance-mock"
    assert (dist / "notes.md").read_text().startswith("### Added\n")
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist, check=True)
