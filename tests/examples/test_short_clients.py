"""The short clients in every language at hand, in the situations that cost most."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from seedance_mock.assertions import assert_creates, assert_stops_at_the_end

from .conftest import EXAMPLES, Run
from .scripted import Scripted, answer, completed, created
from .test_wire import told

NEEDS = {
    "python/with_requests.py": [sys.executable],
    "python/with_httpx.py": [sys.executable],
    "python/with_urllib.py": [sys.executable],
    "javascript/with_fetch.mjs": ["node"],
    "shell/with_curl.sh": ["sh", "curl", "jq"],
    "go/main.go": ["go"],
    "java/WithHttpClient.java": ["java", "javac"],
    "php/with_curl.php": ["php"],
    "ruby/with_net_http.rb": ["ruby"],
}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """Give a function that compiles a client and returns its command."""

    @cache
    def compiled(language: str) -> list[str]:
        folder = tmp_path_factory.mktemp(language)
        if language == "go":
            make = ["go", "build", "-o", "client", str(EXAMPLES / "go/main.go")]
            command = [str(folder / "client")]
        else:
            make = ["javac", "-d", ".", str(EXAMPLES / "java/WithHttpClient.java")]
            command = ["java", "-Xshare:auto", "-cp", str(folder), "WithHttpClient"]
        subprocess.run(make, check=True, cwd=folder)
        return command

    return compiled


@pytest.fixture(params=NEEDS)
def client(request: pytest.FixtureRequest, compiled: Callable[[str], list[str]]) -> list[str]:
    """Give the command of a client, or skip it where its language is absent."""
    needs = NEEDS[request.param]
    missing = [name for name in needs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    if needs[0] in ("go", "java"):
        return compiled(needs[0])
    return [needs[0], str(EXAMPLES / request.param)]


@pytest.mark.parametrize("words", ["ok.clock-polls", "out-videos.at-absolute", "poll-503.retry-1s"])
def test_completes(client: list[str], words: str, run: Run) -> None:
    ended = run(client, words)

    assert (ended.code, ended.outcome) == (0, "completed"), ended.text
    assert ended.line["video_urls"][0].startswith("http")
    assert_creates(ended.entries)
    assert_stops_at_the_end(ended.entries)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("policy", "failed"),
        ("crash", "failed"),
        ("end-cancelled", "cancelled"),
        ("out-none", "failed"),
        ("create-400", "error"),
        ("lostreply", "error"),
        ("create-504+", "error"),
        ("gone.clock-polls.after-9polls", "error"),
    ],
)
def test_says_what_went_wrong(client: list[str], words: str, outcome: str, run: Run) -> None:
    ended = run(client, words)

    assert (ended.code, ended.outcome) == (1, outcome), ended.text
    assert_creates(ended.entries)


def test_waits_before_another_create(client: list[str], run: Run) -> None:
    ended = run(client, "create-429.retry-2s")

    assert ended.outcome == "completed", ended.text
    first, second = ended.sent("create")
    assert second.received - first.received >= 1.9


def test_gives_up_in_time(client: list[str], run: Run) -> None:
    assert run(client, "stuck", deadline_s=2, poll_interval_s=0.5).outcome == "timeout"


def test_does_one_thing_only(client: list[str], run: Run) -> None:
    assert run(client, "ok", action="dance").code == 127


def test_follows_poll_url_to_the_byte(client: list[str], tmp_path: Path) -> None:
    where = "/v1/tasks/x?view=full&sig=a%2Fb"
    with Scripted([created(poll_url=where), completed()]) as server:
        line = told(client, server, tmp_path, base="/v1/")

    assert line["code"] == 0, line["text"]
    assert server.lines == ["POST /v1/videos/generations", f"GET {where}"]


def test_takes_the_key_to_no_other_host(client: list[str], tmp_path: Path) -> None:
    with Scripted([answer(200)]) as other, Scripted([]) as server:
        away = answer(302, f"Location: {other.url}/v1/x")
        server.answers += [created(poll_url=f"{other.url}/v1/x"), away, completed()]
        line = told(client, server, tmp_path)

    assert other.asked == []
    assert line["code"] == 0, line["text"]


def test_the_naive_loop_works_where_nothing_happens(run: Run) -> None:
    ended = run([sys.executable, str(EXAMPLES / "python/naive.py")], "ok.clock-polls")

    assert ended.code == 0, ended.text


def test_the_naive_loop_breaks_where_something_does(run: Run) -> None:
    ended = run([sys.executable, str(EXAMPLES / "python/naive.py")], "poll-503.clock-polls")

    assert ended.code == 1
    assert "Traceback" in ended.text
