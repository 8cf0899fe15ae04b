"""`price`: the tokens and the price of a video."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_a_price_is_printed(run: Run) -> None:
    output = run("price", "--model", "seedance-2.0-mini", "--seconds", "4").stdout

    assert output == "seedance-2.0-mini 1280x720 4 s: 87300 tokens, 0.29527941 USD\n"


def test_a_price_with_input_is_printed_as_json(run: Run) -> None:
    output = run("price", "--seconds", "4", "--input-seconds", "4", "--json").stdout

    assert json.loads(output) == {"tokens": 173_700, "usd": "0.71523529"}


def test_an_unsupported_resolution_has_no_price(run: Run) -> None:
    ended = run("price", "--model", "seedance-2.0-fast", "--resolution", "4k")

    assert ended.exit_code == 2
    assert "seedance-2.0-fast renders 480p, 720p" in ended.output
