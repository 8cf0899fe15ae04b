"""The wheel that users install: its files, its metadata, and how it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from readable import is_readable

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "contract/seedance_contract",
    ROOT / "fixtures/seedance_fixtures",
    ROOT / "mock_server/seedance_mock",
]
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("COVERAGE_", "PYTHON", "SEEDANCE_MOCK_"))
}


def run(*command: str | Path, cwd: Path) -> str:
    """Return the output of a command. It must succeed."""
    ended = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel that is built from the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, "--wheel", ROOT, cwd=folder)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sdist. The wheel that is built from it is in the same folder."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [path] = folder.glob("*.tar.gz")
    return path


def checksums(wheel: Path) -> dict[str, int]:
    """Return the checksum of each file in a wheel, by name."""
    with ZipFile(wheel) as archive:
        return {file.filename: file.CRC for file in archive.infolist()}


def test_wheel_has_three_packages_only(wheel: Path) -> None:
    distribution, version, *_ = wheel.name.split("-")

    assert {name.partition("/")[0] for name in checksums(wheel)} == {
        "seedance_contract",
        "seedance_fixtures",
        "seedance_mock",
        f"{distribution}-{version}.dist-info",
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_wheel_has_every_file_of_a_package(wheel: Path, source: Path) -> None:
    expected = {
        path.relative_to(source.parent).as_posix()
        for path in source.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert {name for name in checksums(wheel) if name.startswith(f"{source.name}/")} == expected


@pytest.mark.parametrize(
    "name",
    [
        "seedance_contract/py.typed",
        "seedance_fixtures/py.typed",
        "seedance_mock/py.typed",
        "seedance_fixtures/SOURCES.md",
        "seedance_fixtures/exchanges/task.json",
        "seedance_fixtures/masters/1280x720.mp4",
        "seedance_fixtures/masters/audio.m4a",
    ],
)
def test_wheel_has_file(wheel: Path, name: str) -> None:
    assert name in checksums(wheel)


@pytest.mark.slow("packaging")
def test_wheel_of_the_sdist_is_equal(wheel: Path, sdist: Path) -> None:
    [wheel_of_sdist] = sdist.parent.glob("*.whl")

    assert wheel_of_sdist.name == wheel.name
    assert checksums(wheel_of_sdist) == checksums(wheel)


@pytest.mark.slow("packaging")
def test_sdist_can_be_tested_and_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/")[1] for name in archive.getnames()}

    assert names >= {"Dockerfile", "LICENSE", "Makefile", "README.md", "pyproject.toml", "tests"}
    assert "examples" in names


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give site-packages of a new environment with the wheel and its requirements only.

    The requirements are links to those of this environment, so that no package index is needed.
    """
    environment = tmp_path_factory.mktemp("user") / "environment"
    venv.create(environment, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=environment)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))
    link(site, all_requirements(installed(site)))
    return site


def link(site: Path, names: set[str]) -> None:
    """Link the distributions of these names into `site`, unless they are there."""
    for name in names:
        source = distribution(name)
        for top_level in {file.parts[0] for file in source.files or []} - {"..", "__pycache__"}:
            if not (site / top_level).exists():
                (site / top_level).symlink_to(str(source.locate_file(top_level)))


@pytest.fixture(scope="module")
def programs(site: Path) -> Path:
    """Give the folder of `python` and `seedance-mock` in that environment."""
    return site.parents[2] / "bin"


def installed(site: Path) -> Distribution:
    """Return the installed wheel."""
    [wheel] = Distribution.discover(name="seedance-mock", path=[str(site)])
    return wheel


def direct_requirements(package: Distribution) -> set[str]:
    """Return the names of what a distribution requires on this machine, without its extras."""
    requirements = [Requirement(line) for line in package.requires or []]
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }


def all_requirements(package: Distribution) -> set[str]:
    """Return the names of the direct and the indirect requirements of a distribution."""
    names: set[str] = set()
    new = direct_requirements(package)
    while new:
        names |= new
        indirect = {name for parent in new for name in direct_requirements(distribution(parent))}
        new = indirect - names
    return names


def test_metadata(site: Path) -> None:
    metadata = installed(site).metadata

    assert metadata["Name"] == "seedance-mock"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "dev",
        "httpx",
        "httpx2",
        "kit",
        "metrics",
        "redis",
        "respx",
        "yaml",
    }


def test_entry_point(site: Path) -> None:
    [script] = installed(site).entry_points.select(group="console_scripts")

    assert (script.name, script.value) == ("seedance-mock", "seedance_mock.commands.main:main")


def test_pytest_finds_the_plugin(site: Path) -> None:
    [plugin] = installed(site).entry_points.select(group="pytest11")

    assert (plugin.name, plugin.value) == ("seedance_mock", "seedance_mock.testing.pytest_plugin")


PRINT_MODULES_OF_A_SERVER = """
import signal, sys
from seedance_mock.commands import serve
from seedance_mock.server import run
from seedance_mock.web.app import create_app

def print_modules():
    print(*sys.modules)
    signal.raise_signal(signal.SIGTERM)

run.serve(create_app(), [run.listen("127.0.0.1", 0)], print_modules)
"""


def test_every_requirement_is_used(site: Path, programs: Path, tmp_path: Path) -> None:
    loaded = run(programs / "python", "-c", PRINT_MODULES_OF_A_SERVER, cwd=tmp_path).split()

    base = {"click", "h11", "httptools", "msgspec", "orjson", "starlette", "uvicorn", "uvloop"}
    assert direct_requirements(installed(site)) == base
    # h11 is loaded when the first callback is due.
    assert base - {"h11"} <= set(loaded)


@pytest.mark.parametrize(
    "module", ["seedance_mock.commands.serve.command", "seedance_mock.web.app"]
)
def test_a_server_loads_no_test_library(module: str, tmp_path: Path) -> None:
    loaded = run(sys.executable, "-c", f"import sys, {module}; print(*sys.modules)", cwd=tmp_path)

    optional = {"httpx", "httpx2", "hypothesis", "pytest", "respx", "schemathesis", "yaml"}
    assert optional.isdisjoint(loaded.split())


def test_an_extra_is_found_without_an_index(programs: Path, tmp_path: Path) -> None:
    """The command in the error messages for a missing extra works for a local installation.

    Nothing is on a package index. pip reads the extra from the installed metadata, and fails only
    because the index is switched off here and PyYAML is missing.
    """
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    ended = subprocess.run(
        (*pip, "install", "--no-index", "seedance-mock[yaml]"),
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 1
    assert "No matching distribution found for pyyaml" in ended.stderr


def test_help(programs: Path, tmp_path: Path) -> None:
    assert "serve" in run(programs / "seedance-mock", "--help", cwd=tmp_path)


def test_openapi_is_json(programs: Path, tmp_path: Path) -> None:
    document = json.loads(run(programs / "seedance-mock", "openapi", cwd=tmp_path))

    assert document["openapi"].startswith("3.1.")


@contextmanager
def serving(*command: str | Path, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server, and give its process and its ready line."""
    with subprocess.Popen(
        command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            readable = is_readable(process.stdout, 30)
            assert readable, "no ready line within 30 s"
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, line
        finally:
            process.kill()


def call(url: str, **fields: str) -> Any:
    """Return the JSON response of `url`. The fields are posted if there are any."""
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    body = json.dumps(fields).encode() if fields else None
    with urlopen(Request(url, body, headers), timeout=30) as response:
        return json.load(response)


def test_serve(programs: Path, tmp_path: Path) -> None:
    command = ("serve", "--port", "0", "--lifecycle", "instant", "--ready-file", "ready.json")

    with serving(programs / "seedance-mock", *command, cwd=tmp_path) as (process, line):
        url = json.loads(line)["url"]
        created = call(f"{url}/v1/videos/generations", model="seedance-2.0", prompt="a paper boat")
        task = call(url + created["poll_url"])
        with urlopen(task["video_url"], timeout=30) as video:
            start = video.read(8)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)

    assert (tmp_path / "ready.json").read_text() == line
    assert task["status"] == "completed"
    assert start[4:] == b"ftyp"
    assert process.returncode == 0, log


@pytest.fixture(params=["wheel", "editable"])
def python(request: pytest.FixtureRequest, programs: Path) -> str:
    """Give the interpreter of an environment with the project, installed in one of two ways."""
    return str(programs / "python") if request.param == "wheel" else sys.executable


def test_source_folders_cannot_be_imported(python: str, tmp_path: Path) -> None:
    specs = "[find_spec(name) for name in ('contract', 'fixtures', 'mock_server', 'tests')]"

    output = run(
        python, "-c", f"from importlib.util import find_spec; print({specs})", cwd=tmp_path
    )

    assert output == "[None, None, None, None]\n"


def test_a_users_own_contract_folder_is_imported(python: str, tmp_path: Path) -> None:
    for name in ("contract", "fixtures"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()

    program = (
        "import seedance_mock, contract, fixtures; print(contract.__file__, fixtures.__file__)"
    )
    imported = run(python, "-c", program, cwd=tmp_path)

    assert imported.split() == [
        str(tmp_path / "contract/__init__.py"),
        str(tmp_path / "fixtures/__init__.py"),
    ]


@pytest.fixture(scope="module")
def python_with_pytest(site: Path, programs: Path) -> Path:
    """Give the interpreter of that environment with pytest and HTTP libraries added."""
    added = {"httpx2", "pytest", "respx"}
    link(site, added.union(*(all_requirements(distribution(name)) for name in added)))
    return programs / "python"


USERS_TEST = """
import contract, fixtures, httpx, httpx2, pytest
from fixtures import PROMPT

URL = "https://api.tokenlab.sh/v1/videos/generations"

def send(client, key):
    body = {"model": contract.MODEL, "prompt": PROMPT}
    return client.post(URL, json=body, headers={"Authorization": f"Bearer {key}"})

@pytest.mark.seedance("create-503")
def test_router(seedance_router, seedance_key, seedance_journal):
    assert [send(httpx, seedance_key).status_code for _ in range(2)] == [503, 200]
    seedance_journal.assert_creates(2)

def test_transport(seedance_httpx2_transport, seedance_key):
    with httpx2.Client(transport=seedance_httpx2_transport) as client:
        assert send(client, seedance_key).status_code == 200

def test_server(seedance_url):
    assert httpx.get(f"{seedance_url}/v1/models").status_code == 200

def test_our_folders_are_imported():
    assert contract.__file__.startswith({root!r})
    assert fixtures.__file__.startswith({root!r})
"""


@pytest.mark.parametrize("mode", ["importlib", "prepend"])
def test_a_users_tests_run_with_their_own_folders(
    mode: str, python_with_pytest: Path, tmp_path: Path
) -> None:
    for name, text in (("contract", "MODEL = 'seedance-2.0'"), ("fixtures", "PROMPT = 'a boat'")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    (tmp_path / "tests").mkdir()
    text = USERS_TEST.replace("{root!r}", repr(str(tmp_path)))
    (tmp_path / "tests/test_client.py").write_text(text)

    output = run(
        *(python_with_pytest, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider"),
        f"--import-mode={mode}",
        cwd=tmp_path,
    )

    assert "seedance-mock" in output
    assert "4 passed" in output
