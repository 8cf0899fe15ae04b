"""Every situation that can be drawn is one that the mock understands."""

from __future__ import annotations

import json

from hypothesis import given, settings

from seedance_contract.client.explore.situations import Situation
from seedance_contract.client.explore.strategies import all_words, requests, situations
from seedance_contract.derived.validation import violations
from seedance_mock.domain.scenarios import parse_script, words_in_body
from seedance_mock.scripting.script import script_of


def test_mock_knows_every_word() -> None:
    assert [words for words in all_words() if not script_of(words)] == []


@settings(max_examples=15)
@given(situations(4, (0.02, 5.0), (False, True), (False, True)))
def test_mock_understands_every_situation(situation: Situation) -> None:
    key = situation.key().removeprefix("sk-mock-").partition("--")[0]

    assert script_of(key)
    assert parse_script(words_in_body(situation.create_request()))
    assert violations(situation.create_request()) == []


@settings(max_examples=15)
@given(requests())
def test_request_keeps_the_prompt_of_the_job(text: str) -> None:
    members = json.loads(text)

    assert "prompt" not in members
    assert "operation" in members
