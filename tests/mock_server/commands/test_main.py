from __future__ import annotations

import errno
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click import Context
from click.testing import CliRunner, Result

from seedance_contract.derived.claims import claims
from seedance_contract.derived.openapi import document
from seedance_mock.commands.main import main
from seedance_mock.server import run as server

GOOD = {"model": "seedance-2.0", "prompt": "a paper boat", "seconds": 4.0}
BAD = {"model": "seedance-2.0-fast", "prompt": "a paper boat", "resolution": "4k", "style": 1}

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Give a function that runs the program."""

    def program(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=given)

    return program


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_openapi_is_printed(form: str, read: Callable[[str], object], run: Run) -> None:
    assert read(run("openapi", "--format", form).stdout) == document()


def test_yaml_needs_its_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    ended = run("openapi", "--format", "yaml")

    assert ended.exit_code == 1
    assert "pip install 'seedance-mock[yaml]'" in ended.output


@pytest.mark.parametrize(
    ("option", "weights"),
    [
        ([], {"documented", "assumed"}),
        (["--documented"], {"documented"}),
        (["--assumed"], {"assumed"}),
    ],
)
def test_rules_are_listed_by_weight(option: list[str], weights: set[str], run: Run) -> None:
    rows = json.loads(run("rules", "--json", *option).stdout)

    assert {row["weight"] for row in rows} == weights
    assert len(rows) == sum(claim.source.weight in weights for claim in claims())


def test_a_rule_is_told_with_its_source(run: Run) -> None:
    told = run("rules", "--documented").stdout

    assert "duration.range: duration must be 4 to 15, or -1\n    documented, page: " in told


def test_a_legal_request_is_accepted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(GOOD))

    ended = run("check-request", str(file))

    assert ended.exit_code == 0
    assert ended.stdout.startswith("accepted: text-to-video\n")
    assert "  duration = 4\n" in ended.stdout


def test_an_accepted_request_is_printed_in_full(run: Run) -> None:
    request = json.loads(run("check-request", "-", "--json", given=json.dumps(GOOD)).stdout)

    assert (request["duration"], request["resolution"]) == (4, "720p")


def test_a_refused_request_says_all_that_is_wrong(run: Run) -> None:
    ended = run("check-request", "-", given=json.dumps(BAD))

    assert ended.exit_code == 1
    assert ended.stdout == (
        "refused: 400 invalid_request_error\n"
        "  resolution must be one of 480p, 720p on seedance-2.0-fast\n"
        "  style is not a field of this request\n"
    )


def test_a_refusal_can_be_had_as_json(run: Run) -> None:
    ended = run("check-request", "-", "--json", "--tolerant", given=json.dumps(BAD))

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["error"]["param"] == "resolution"


def test_what_is_no_json_is_refused(run: Run) -> None:
    ended = run("check-request", "-", given="{")

    assert (ended.exit_code, ended.stdout.splitlines()[1]) == (
        1,
        "  The body is not JSON: line 1, column 2",
    )


def test_a_price_is_told(run: Run) -> None:
    told = run("price", "--model", "seedance-2.0-mini", "--seconds", "4").stdout

    assert told == "seedance-2.0-mini 1280x720 4 s: 87300 tokens, 0.29527941 USD\n"


def test_a_price_with_input_can_be_had_as_json(run: Run) -> None:
    told = run("price", "--seconds", "4", "--input-seconds", "4", "--json").stdout

    assert json.loads(told) == {"tokens": 173_700, "usd": "0.71523529"}


def test_no_price_for_what_is_not_rendered(run: Run) -> None:
    ended = run("price", "--model", "seedance-2.0-fast", "--resolution", "4k")

    assert ended.exit_code == 2
    assert "seedance-2.0-fast renders 480p, 720p" in ended.output


def test_words_are_listed(run: Run) -> None:
    told = run("words").stdout

    assert "  busy           the first two requests are 429\n" in told
    assert "  lostreply      means reset+\n" in told


def test_words_can_be_had_as_json(run: Run) -> None:
    assert json.loads(run("words", "--json").stdout)["places"][0]["word"] == "create"


def test_a_word_is_explained(run: Run) -> None:
    assert run("words", "stuck").stdout == "stuck: processing for ever (means end-never)\n"


def test_an_unknown_word_is_told_its_neighbour(run: Run) -> None:
    ended = run("words", "stuk")

    assert ended.exit_code == 1
    assert "perhaps 'stuck' was meant" in ended.output


def test_help_teaches_the_environment(run: Run) -> None:
    told = run("serve", "--help").stdout

    assert "SEEDANCE_MOCK_PORT" in told.replace("\n", "")
    assert '{"ready": true, "url": "http://127.0.0.1:8000"}' in told


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--key", "pk-1"], "an API key starts with sk-"),
        (["--public-url", "ftp://x"], "a URL such as https://mock.example.com"),
        (["--lifecycle", "slow"], "'slow' is not one of"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--balance", "NaN"], "a number, 0 or more"),
        (["--balance", "-1"], "a number, 0 or more"),
        (["--retention", "inf"], "a number, 0 or more"),
        (["--ready-file", "/no/such/folder/file"], "its folder does not exist"),
    ],
)
def test_a_wrong_option_is_explained(options: list[str], complaint: str, run: Run) -> None:
    ended = run("serve", *options)

    assert ended.exit_code == 2
    assert complaint in ended.output


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.startswith("seedance-mock, version ")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "Is another server running? --port 0"),
        (OSError(errno.EADDRNOTAVAIL, "not here"), "--host needs an address"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "--host needs an address"),
        (PermissionError(errno.EACCES, "denied"), "--port 0 takes a free port that needs no perm"),
    ],
    ids=["taken", "foreign", "unknown", "privileged"],
)
def test_advice_is_of_the_trouble(
    error: OSError, advice: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(host: str, port: int) -> None:
        raise error

    monkeypatch.setattr(server, "listen", listen)

    ended = run("serve", "--host", "somewhere", "--port", "80")

    assert ended.exit_code == 3
    first, second = ended.stderr.splitlines()
    assert first == f"Cannot listen on somewhere port 80: {error.strerror}."
    assert second.startswith(advice)


def test_several_workers_are_refused_with_another_way(run: Run) -> None:
    ended = run("serve", "--workers", "2")

    assert ended.exit_code == 2
    assert "start several servers" in " ".join(ended.output.split())


def test_every_command_that_is_loaded_later_is_there(run: Run) -> None:
    context = Context(main)

    assert {"check-server", "serve", "report"} <= set(main.list_commands(context))
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
    assert main.get_command(context, "nothing") is None
