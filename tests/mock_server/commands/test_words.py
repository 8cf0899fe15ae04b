"""`words`: the list of words, and the explanation of one word."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_words_are_listed(run: Run) -> None:
    output = run("words").stdout

    assert "  busy           the first two requests are 429\n" in output
    assert "  lostreply      means reset+\n" in output


def test_words_are_listed_as_json(run: Run) -> None:
    assert json.loads(run("words", "--json").stdout)["places"][0]["word"] == "create"


def test_a_word_is_explained(run: Run) -> None:
    assert run("words", "stuck").stdout == "stuck: processing for ever (means end-never)\n"


def test_an_unknown_word_gets_a_suggestion(run: Run) -> None:
    ended = run("words", "stuk")

    assert ended.exit_code == 2
    assert "did you mean 'stuck'?" in ended.output
