"""`store`: info, clear, export and import."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.stores.archive import FORMAT
from seedance_mock.web.app import create_app

Run = Callable[..., Result]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the URL of a store with two accounts, a task and three entries of the journal."""
    url = f"sqlite:{tmp_path / 'mock.db'}"
    app = create_app(Settings(store=url))
    with TestClient(app) as client:
        for key in ("sk-a", "sk-b"):
            client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})
        created = client.post(
            "/v1/videos/generations",
            json={"model": "seedance-2.0", "prompt": "a paper boat"},
            headers={"Authorization": "Bearer sk-a"},
        )
        assert created.status_code == 200
        # In the client, because its event loop is the one that the journal writes on.
        assert client.portal is not None
        client.portal.call(app.close)
    return url


def info(run: Run, url: str) -> tuple[int, int, int, int]:
    content = json.loads(run("store", "info", url).stdout)
    names = ("accounts", "tasks", "unsettled_tasks", "journal_entries_ever")
    accounts, tasks, unsettled, entries = (int(content[name]) for name in names)
    return accounts, tasks, unsettled, entries


def test_info_counts_records(url: str, run: Run) -> None:
    assert info(run, url) == (2, 1, 1, 3)


def test_an_export_can_be_imported(url: str, tmp_path: Path, run: Run) -> None:
    file, copy = tmp_path / "store.jsonl", f"sqlite:{tmp_path / 'copy.db'}"
    assert run("store", "export", url, "--output", file).exit_code == 0

    ended = run("store", "import", copy, file)

    assert (ended.exit_code, ended.stdout) == (0, f"Loaded into {copy} (accounts: 2, tasks: 1).\n")
    assert info(run, copy) == (2, 1, 1, 0)
    assert run("store", "export", copy).stdout == file.read_text()


def test_clear_asks_before_it_deletes(url: str, run: Run) -> None:
    refused = run("store", "clear", url, stdin="n\n")
    assert refused.exit_code == 1
    assert f"Delete everything in {url}? [y/N]" in refused.stdout
    assert info(run, url)[0] == 2

    assert run("store", "clear", url, stdin="y\n").exit_code == 0
    assert info(run, url)[:3] == (0, 0, 0)


def test_clear_need_not_ask(url: str, run: Run) -> None:
    ended = run("store", "clear", "--yes", url)

    assert (ended.exit_code, ended.stdout) == (0, f"Deleted everything in {url}.\n")
    assert info(run, url)[:3] == (0, 0, 0)


def test_a_store_that_is_not_empty_is_not_overwritten(url: str, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "store.jsonl"
    run("store", "export", url, "--output", file)

    ended = run("store", "import", url, file)

    assert (ended.exit_code, info(run, url)[0]) == (2, 2)
    assert "the store is not empty: clear it first" in ended.output


HEAD = json.dumps(FORMAT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("nothing\n", "line 1: it is not JSON"),
        ("{}\n", "line 1: it is no export of a store"),
        (
            json.dumps({**FORMAT, "records": 1}),
            "of version 1, and this program reads 2 and",
        ),
        (f"{HEAD}\n{{}}\n", "line 2: it is neither an account nor a task"),
        (f'{HEAD}\n{{"account": {{}}}}\n', "line 2: a record of version None"),
    ],
    ids=["empty", "text", "other", "version", "no-record", "no-version"],
)
def test_a_file_that_is_no_archive_is_explained(
    text: str, message: str, tmp_path: Path, run: Run
) -> None:
    file = tmp_path / "store.jsonl"
    file.write_text(text)

    ended = run("store", "import", f"sqlite:{tmp_path / 'mock.db'}", file)

    assert ended.exit_code == 2
    assert message in ended.output.replace("\n", " ")


def test_a_file_that_is_not_utf_8_is_explained(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "store.jsonl"
    file.write_bytes(b"\xff")

    ended = run("store", "import", f"sqlite:{tmp_path / 'mock.db'}", file)

    assert ended.exit_code == 2
    assert "is not UTF-8" in ended.output


def test_a_task_without_its_account_is_refused(url: str, tmp_path: Path, run: Run) -> None:
    lines = run("store", "export", url).stdout.splitlines()
    file = tmp_path / "store.jsonl"
    file.write_text("\n".join([HEAD, *(line for line in lines if line.startswith('{"task"'))]))

    ended = run("store", "import", f"sqlite:{tmp_path / 'copy.db'}", file)

    assert "line 2: the record does not follow its account" in ended.output


def test_contradicting_records_are_explained(url: str, tmp_path: Path, run: Run) -> None:
    lines = run("store", "export", url).stdout.splitlines()
    file, copy = tmp_path / "store.jsonl", tmp_path / "copy.db"
    file.write_text("\n".join([*lines, lines[1]]))

    ended = run("store", "import", f"sqlite:{copy}", file)

    assert ended.exit_code == 2
    assert "line 5: an earlier line has the name key-1" in ended.output
    assert not copy.exists()


def test_the_memory_cannot_be_reached(run: Run) -> None:
    ended = run("store", "info", "memory")

    assert ended.exit_code == 2
    assert "cannot be reached from here; give one of sqlite:PATH, redis" in ended.output
    assert "memory, " not in run("store", "info", "postgres://localhost").output


def test_an_export_is_imported_from_standard_input(url: str, tmp_path: Path, run: Run) -> None:
    copy = f"sqlite:{tmp_path / 'copy.db'}"
    text = run("store", "export", url).stdout

    assert run("store", "import", copy, "-", stdin=text).exit_code == 0

    assert run("store", "export", copy).stdout == text


def test_a_name_with_a_line_separator_is_loaded(url: str, tmp_path: Path, run: Run) -> None:
    file, copy = tmp_path / "store.jsonl", f"sqlite:{tmp_path / 'copy.db'}"
    text = run("store", "export", url).stdout.replace("key-1", "key\u2028\x85")
    file.write_text(text, encoding="utf-8")

    assert run("store", "import", copy, file).exit_code == 0

    assert run("store", "export", copy).stdout == text


def test_the_store_of_the_environment_is_used(
    url: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, copy = tmp_path / "store.jsonl", f"sqlite:{tmp_path / 'copy.db'}"
    monkeypatch.setenv("SEEDANCE_MOCK_STORE", url)
    assert json.loads(run("store", "info").stdout)["store"] == url
    assert run("store", "export", "--output", file).exit_code == 0
    assert run("store", "clear", "--yes").stdout == f"Deleted everything in {url}.\n"

    assert run("store", "import", file).exit_code == 0

    assert info(run, url)[:2] == (2, 1)
    # An argument comes first.
    assert run("store", "import", copy, file).exit_code == 0
    assert info(run, copy)[:2] == (2, 1)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("arguments", [["info"], ["import", "-"]], ids=" ".join)
def test_a_missing_store_is_explained(
    arguments: list[str], value: str | None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEEDANCE_MOCK_STORE", raising=False)
    if value is not None:
        monkeypatch.setenv("SEEDANCE_MOCK_STORE", value)

    ended = run("store", *arguments)

    assert ended.exit_code == 2
    assert "Missing argument 'URL': give it, or set SEEDANCE_MOCK_STORE." in ended.output


def test_a_wrong_variable_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDANCE_MOCK_STORE", "memory")

    ended = run("store", "info")

    assert ended.exit_code == 2
    assert "the environment variable SEEDANCE_MOCK_STORE: the memory of a server" in ended.output


def test_an_import_has_two_arguments_at_most(url: str, run: Run) -> None:
    ended = run("store", "import", url, "a.jsonl", "b.jsonl")

    assert ended.exit_code == 2
    assert "unexpected extra argument (b.jsonl)" in ended.output


def test_a_missing_archive_is_explained(url: str, run: Run) -> None:
    ended = run("store", "import", url, "missing.jsonl")

    assert ended.exit_code == 2
    assert "'missing.jsonl': No such file or directory" in ended.output


@pytest.mark.parametrize("command", ["info", "export"])
def test_a_store_that_cannot_be_opened_is_no_result(command: str, run: Run) -> None:
    ended = run("store", command, "sqlite:/missing/mock.db")

    assert ended.exit_code == 3
    assert ended.stderr == "Error: there is no file /missing/mock.db.\n"


@pytest.fixture
def one_task_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server that is started without `--max-tasks` keep one task and one idle account."""
    monkeypatch.setattr("seedance_mock.commands.store.Settings", partial(Settings, max_tasks=1))


@pytest.mark.usefixtures("one_task_allowed")
def test_an_import_keeps_all_idle_accounts(url: str, tmp_path: Path, run: Run) -> None:
    file, copy = tmp_path / "store.jsonl", f"sqlite:{tmp_path / 'copy.db'}"
    with_accounts = [
        line for line in run("store", "export", url).stdout.splitlines() if '{"task"' not in line
    ]
    file.write_text("\n".join(with_accounts))

    ended = run("store", "import", copy, file)

    assert ended.exit_code == 0
    assert info(run, copy)[0] == 2


def test_a_damaged_file_is_named_with_advice(url: str, run: Run) -> None:
    path = Path(url.removeprefix("sqlite:"))
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'tasks'"
        [page] = connection.execute(query).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[size * (page - 1) : size * page] = b"\xff" * size
    path.write_bytes(content)

    for command in ("info", "export"):
        ended = run("store", command, url)
        assert ended.exit_code == 3
        advice = "it is damaged; restore it, or start with a new file"
        assert ended.stderr == f"Error: cannot use {url}: {advice}.\n"
