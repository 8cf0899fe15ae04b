"""`check-request`: one request body without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

VALID = {"model": "seedance-2.0", "prompt": "a paper boat", "seconds": 4.0}
INVALID = {"model": "seedance-2.0-fast", "prompt": "a paper boat", "resolution": "4k", "style": 1}

Run = Callable[..., Result]


def test_a_valid_request_is_accepted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(VALID))

    ended = run("check-request", file)

    assert ended.exit_code == 0
    assert ended.stdout.startswith("accepted: text-to-video\n")
    assert "  duration = 4\n" in ended.stdout


def test_an_accepted_request_is_printed_in_full(run: Run) -> None:
    request = json.loads(run("check-request", "-", "--json", stdin=json.dumps(VALID)).stdout)

    assert (request["duration"], request["resolution"]) == (4, "720p")


def test_every_violation_is_printed(run: Run) -> None:
    ended = run("check-request", "-", stdin=json.dumps(INVALID))

    assert ended.exit_code == 1
    assert ended.stdout == (
        "refused: 400 invalid_request_error\n"
        "  resolution must be one of 480p, 720p on seedance-2.0-fast\n"
        "  style is not a field of this request\n"
    )


def test_an_error_is_printed_as_json(run: Run) -> None:
    ended = run("check-request", "-", "--json", "--tolerant", stdin=json.dumps(INVALID))

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["error"]["param"] == "resolution"


def test_a_body_that_is_not_json_is_refused(run: Run) -> None:
    ended = run("check-request", "-", stdin="{")

    assert (ended.exit_code, ended.stdout.splitlines()[1]) == (
        1,
        "  The body is not JSON: line 1, column 2",
    )
