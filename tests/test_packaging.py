"""What a user gets: the files of the wheel, its metadata, and the wheel at work."""

from __future__ import annotations

import json
import os
import select
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

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "contract/seedance_contract",
    ROOT / "fixtures/seedance_fixtures",
    ROOT / "mock_server/seedance_mock",
]
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTHON", "SEEDANCE_MOCK_"))
}


def run(*command: str | Path, cwd: Path) -> str:
    """Return what a command prints."""
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel built from the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, "--wheel", ROOT, cwd=folder)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sdist; beside it lies the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [path] = folder.glob("*.tar.gz")
    return path


def checksums(wheel: Path) -> dict[str, int]:
    """Return the checksum of each file in a wheel, by name."""
    with ZipFile(wheel) as archive:
        return {file.filename: file.CRC for file in archive.infolist()}


def test_wheel_holds_three_packages_and_no_more(wheel: Path) -> None:
    distribution, version, *_ = wheel.name.split("-")

    assert {name.partition("/")[0] for name in checksums(wheel)} == {
        "seedance_contract",
        "seedance_fixtures",
        "seedance_mock",
        f"{distribution}-{version}.dist-info",
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_wheel_holds_every_file_of_a_package(wheel: Path, source: Path) -> None:
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
        "seedance_fixtures/media/16x9.mp4",
        "seedance_fixtures/media/16x9-last-frame.png",
    ],
)
def test_wheel_holds(wheel: Path, name: str) -> None:
    assert name in checksums(wheel)


def test_wheel_of_the_sdist_is_the_same(wheel: Path, sdist: Path) -> None:
    [again] = sdist.parent.glob("*.whl")

    assert again.name == wheel.name
    assert checksums(again) == checksums(wheel)


def test_sdist_can_be_tested_and_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/")[1] for name in archive.getnames()}

    assert names >= {"Dockerfile", "LICENSE", "Makefile", "README.md", "pyproject.toml", "tests"}
    assert "examples" in names


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the packages of a new environment: the wheel and what it requires, nothing else.

    The requirements are links to the ones of this environment, so that no index is needed.
    """
    environment = tmp_path_factory.mktemp("user") / "environment"
    venv.create(environment, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=environment)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))
    link(site, needed(installed(site)))
    return site


def link(site: Path, names: set[str]) -> None:
    """Give `site` the distributions of these names that it does not have yet."""
    for name in names:
        found = distribution(name)
        for top_level in {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}:
            if not (site / top_level).exists():
                (site / top_level).symlink_to(str(found.locate_file(top_level)))


@pytest.fixture(scope="module")
def programs(site: Path) -> Path:
    """Give the folder in which that environment keeps `python` and `seedance-mock`."""
    return site.parents[2] / "bin"


def installed(site: Path) -> Distribution:
    """Return what the wheel has left in `site`."""
    [found] = Distribution.discover(name="seedance-mock", path=[str(site)])
    return found


def required(found: Distribution) -> set[str]:
    """Return the names of what a distribution requires on this machine, without its extras."""
    lines = [Requirement(line) for line in found.requires or []]
    return {
        canonicalize_name(line.name)
        for line in lines
        if line.marker is None or line.marker.evaluate({"extra": ""})
    }


def needed(found: Distribution) -> set[str]:
    """Return the names of what a distribution requires, and of what that requires, and so on."""
    names: set[str] = set()
    new = required(found)
    while new:
        names |= new
        new = {further for name in new for further in required(distribution(name))} - names
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
        "respx",
        "yaml",
    }


def test_entry_point(site: Path) -> None:
    [script] = installed(site).entry_points.select(group="console_scripts")

    assert (script.name, script.value) == ("seedance-mock", "seedance_mock.commands.main:main")


def test_pytest_finds_the_plugin(site: Path) -> None:
    [plugin] = installed(site).entry_points.select(group="pytest11")

    assert (plugin.name, plugin.value) == ("seedance_mock", "seedance_mock.testing.pytest_plugin")


SERVE_AND_TELL = """
import signal, sys
from seedance_mock.commands import main as cli
from seedance_mock.server import run
from seedance_mock.web.app import create_app

def tell():
    print(*sys.modules)
    signal.raise_signal(signal.SIGTERM)

run.serve(create_app(), run.listen("127.0.0.1", 0), tell)
"""


def test_every_requirement_is_used(site: Path, programs: Path, tmp_path: Path) -> None:
    loaded = run(programs / "python", "-c", SERVE_AND_TELL, cwd=tmp_path).split()

    base = {"click", "httptools", "orjson", "starlette", "uvicorn", "uvloop"}
    assert required(installed(site)) == base
    assert base <= set(loaded)


@pytest.mark.parametrize("module", ["seedance_mock.commands.main", "seedance_mock.web.app"])
def test_starting_loads_no_library_for_tests(module: str, tmp_path: Path) -> None:
    loaded = run(sys.executable, "-c", f"import sys, {module}; print(*sys.modules)", cwd=tmp_path)

    optional = {"httpx", "httpx2", "hypothesis", "pytest", "respx", "schemathesis", "yaml"}
    assert optional.isdisjoint(loaded.split())


def test_help(programs: Path, tmp_path: Path) -> None:
    assert "serve" in run(programs / "seedance-mock", "--help", cwd=tmp_path)


def test_openapi_is_json(programs: Path, tmp_path: Path) -> None:
    document = json.loads(run(programs / "seedance-mock", "openapi", cwd=tmp_path))

    assert document["openapi"].startswith("3.1.")


@contextmanager
def serving(*command: str | Path, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server; give it and its ready line."""
    with subprocess.Popen(
        command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            readable, _, _ = select.select([process.stdout], [], [], 30)
            assert readable, "no ready line within 30 s"
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, line
        finally:
            process.kill()


def call(url: str, **fields: str) -> Any:
    """Return the JSON at `url`, to which the fields are posted if there are any."""
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    body = json.dumps(fields).encode() if fields else None
    with urlopen(Request(url, body, headers), timeout=30) as answer:
        return json.load(answer)


def test_serve(programs: Path, tmp_path: Path) -> None:
    command = ("serve", "--port", "0", "--lifecycle", "instant", "--ready-file", "ready.json")

    with serving(programs / "seedance-mock", *command, cwd=tmp_path) as (process, line):
        url = json.loads(line)["url"]
        made = call(f"{url}/v1/videos/generations", model="seedance-2.0", prompt="a paper boat")
        task = call(url + made["poll_url"])
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
    """Give the interpreter of an environment in which the project is installed this way."""
    return str(programs / "python") if request.param == "wheel" else sys.executable


def test_folders_of_the_sources_cannot_be_imported(python: str, tmp_path: Path) -> None:
    find = "[find_spec(name) for name in ('contract', 'fixtures', 'mock_server', 'tests')]"

    found = run(python, "-c", f"from importlib.util import find_spec; print({find})", cwd=tmp_path)

    assert found == "[None, None, None, None]\n"


def test_a_users_own_contract_and_fixtures_stay_theirs(python: str, tmp_path: Path) -> None:
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
def tester(site: Path, programs: Path) -> Path:
    """Give the interpreter of that environment after its user has installed more, for tests."""
    more = {"httpx2", "pytest", "respx"}
    link(site, more.union(*(needed(distribution(name)) for name in more)))
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

def test_ours_stay_ours():
    assert contract.__file__.startswith({root!r})
    assert fixtures.__file__.startswith({root!r})
"""


@pytest.mark.parametrize("mode", ["importlib", "prepend"])
def test_a_users_tests_work_beside_their_own_folders(
    mode: str, tester: Path, tmp_path: Path
) -> None:
    for name, text in (("contract", "MODEL = 'seedance-2.0'"), ("fixtures", "PROMPT = 'a boat'")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    (tmp_path / "tests").mkdir()
    text = USERS_TEST.replace("{root!r}", repr(str(tmp_path)))
    (tmp_path / "tests/test_client.py").write_text(text)

    told = run(
        *(tester, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider"),
        f"--import-mode={mode}",
        cwd=tmp_path,
    )

    assert "seedance-mock" in told
    assert "4 passed" in told
