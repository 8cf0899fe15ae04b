"""The Dockerfile without Docker: its lint, and its instructions run on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from readable import is_readable

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent


def instructions(word: str) -> list[str]:
    """Return the arguments of all instructions of one kind, in their order."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    return re.findall(rf"^{word} (.+)$", text, re.MULTILINE)


def path_first(folder: Path) -> dict[str, str]:
    """Return an environment whose PATH starts with `folder`."""
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    hadolint = shutil.which("hadolint", path=path_first(SCRIPTS)["PATH"])
    if hadolint is None:
        pytest.skip("needs hadolint")

    command = [hadolint, "--disable-ignore-pragma", "--failure-threshold", "style"]
    ended = subprocess.run(
        [*command, ROOT / "Dockerfile"], cwd=tmp_path, env={}, capture_output=True, text=True
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_both_stages_have_the_same_python() -> None:
    assert instructions("FROM") == ["python:3.12-slim AS build", "python:3.12-slim"]


def test_the_user_is_not_root() -> None:
    [user] = instructions("USER")

    assert user == "10001"
    assert any("useradd --uid 10001 " in line for line in instructions("RUN"))


def copies() -> list[tuple[list[str], str]]:
    """Return the sources and the target of each COPY from the context."""
    lines = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    return [(sources, target) for *sources, target in lines]


def test_the_context_has_only_what_is_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == {
        source for sources, _ in copies() for source in sources
    }


def copy_from_context(folder: Path) -> None:
    """Run the COPY instructions of the first stage in `folder`."""
    folder.mkdir()
    for names, target in copies():
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / target)
            else:
                shutil.copy(ROOT / name, folder / target)


def index_is_reachable(folder: Path) -> bool:
    """Return whether pip can download a package."""
    download = "-m pip download --quiet --no-deps --retries 0 --timeout 5 hatchling"
    ended = subprocess.run([sys.executable, *download.split()], cwd=folder, capture_output=True)
    return ended.returncode == 0


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the scripts of a new environment in which the COPY and pip instructions have run."""
    # One environment serves both stages, because the first stage installs nothing.
    folder = tmp_path_factory.mktemp("image")
    if not index_is_reachable(folder):
        pytest.skip("needs a package index")
    venv.create(folder / "python", symlinks=True, with_pip=True)
    copy_from_context(folder / "src")
    for line in instructions("RUN"):
        if line.startswith("pip "):
            ended = subprocess.run(
                ["sh", "-c", line.replace("/wheels", str(folder / "wheels"))],
                cwd=folder / "src",
                env=path_first(folder / "python/bin"),
                capture_output=True,
                text=True,
            )
            assert ended.returncode == 0, ended.stderr
    return folder / "python/bin"


@pytest.mark.slow("packaging")
def test_the_image_has_the_license(image: Path) -> None:
    assert list(image.parent.glob("lib/*/site-packages/seedance_mock-*/licenses/LICENSE"))


@pytest.mark.slow("packaging")
def test_the_image_can_use_redis(image: Path) -> None:
    for package in ("redis", "hiredis"):
        assert list(image.parent.glob(f"lib/*/site-packages/{package}/__init__.py"))


@pytest.fixture(params=["development", "image"])
def programs(request: pytest.FixtureRequest) -> Path:
    """Give the folder of the scripts to run: those of this environment, or of the image."""
    if request.param == "development":
        return SCRIPTS
    programs: Path = request.getfixturevalue("image")
    return programs


@pytest.mark.parametrize("port", ["tcp://10.0.0.5:8000", "", None])
def test_the_health_check_ignores_service_links(
    port: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    [health] = instructions("HEALTHCHECK")
    *_, program = json.loads(health.partition(" CMD ")[2])
    urls: list[str] = []

    class Opener:
        def open(self, url: str, timeout: float) -> None:
            urls.append(url)

    monkeypatch.setattr("urllib.request.build_opener", lambda handler: Opener())
    if port is None:
        monkeypatch.delenv("SEEDANCE_MOCK_PORT", raising=False)
    else:
        monkeypatch.setenv("SEEDANCE_MOCK_PORT", port)

    exec(program, {})

    assert urls == ["http://127.0.0.1:8000/healthz"]


@pytest.mark.slow("packaging")
def test_a_container_is_healthy_until_it_stops(programs: Path, tmp_path: Path) -> None:
    [entrypoint], [stop], [health] = map(instructions, ("ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK"))
    check = json.loads(health.partition(" CMD ")[2])
    environment = path_first(programs)

    with subprocess.Popen(
        [*json.loads(entrypoint), "--port", "0"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            assert server.stdout
            assert is_readable(server.stdout, 30), "no ready line within 30 s"
            port = urlsplit(json.loads(server.stdout.readline())["url"]).port
            # No proxy listens on this port, so the check fails if it uses the proxy.
            environment |= {"SEEDANCE_MOCK_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
            running = subprocess.run(check, env=environment, capture_output=True)
            server.send_signal(signal.Signals[stop])
            exit_code = server.wait(timeout=30)
        finally:
            server.kill()
    stopped = subprocess.run(check, env=environment, capture_output=True)

    assert (running.returncode, exit_code, stopped.returncode) == (0, 0, 1)
