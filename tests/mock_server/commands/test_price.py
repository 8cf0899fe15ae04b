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

    assert json.loads(output) == {"tokens": 173_700, "usd": "0.71523529", "assumed": False}


def test_an_unsupported_resolution_has_no_price(run: Run) -> None:
    ended = run("price", "--model", "seedance-2.0-fast", "--resolution", "4k")

    assert ended.exit_code == 2
    assert "seedance-2.0-fast renders 480p, 720p" in ended.output


def test_an_assumed_price_says_so(run: Run) -> None:
    text = run("price", "--model", "seedance-2.5", "--seconds", "30").stdout
    data = run("price", "--model", "seedance-2.5", "--seconds", "30", "--json").stdout

    assert "(assumed: no document states this price)" in text
    assert json.loads(data)["assumed"]


def test_a_length_that_the_model_does_not_make_has_no_price(run: Run) -> None:
    ended = run("price", "--seconds", "30")

    assert ended.exit_code == 2
    assert "seedance-2.0 makes videos of 4 to 15 s" in ended.output
