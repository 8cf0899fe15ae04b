"""An exploration: what runs first, what is reported, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedance_contract.case import Verdict
from seedance_contract.client.explore import exploration as module
from seedance_contract.client.explore.exploration import ExploreOptions, explore
from seedance_contract.client.explore.results import (
    exploration_json,
    invariant_results,
    summary_lines,
)
from seedance_contract.client.explore.situations import Situation

LOST = Situation(words=("create-reset+",))

GOOD_RUN = "create / poll completed"


def blind_client(words: str) -> str:
    """A client that loses every create with a word, and repeats it."""
    lost = "create-" in words
    return "create none !!create-reset / create / poll completed" if lost else GOOD_RUN


def hasty_client(failing_runs: int) -> Callable[[str], str]:
    """A client that retries too early after a 429, in its first runs only."""
    runs = 0

    def story(words: str) -> str:
        nonlocal runs
        if "create-429" not in words:
            return GOOD_RUN
        runs += 1
        gap = 0.5 if runs <= failing_runs else 5
        return f"create 429 wait=2 / create +{gap} / poll completed"

    return story


def test_failure_is_found_shrunk_and_confirmed(story_context: Any) -> None:
    context = story_context(blind_client)

    result = explore(context, ExploreOptions(seed=2, examples=6))

    [failure] = result.failures
    assert failure.finding.check == "no-blind-create"
    assert failure.situation == LOST
    assert failure.confirmed
    assert len(result.observations) == 6
    assert not result.interrupted
    assert context.progress.reruns == ["create-reset+"]
    assert context.progress.notes[0].startswith("no-blind-create fails: create-")


def test_situations_run_before_the_sequence_and_are_not_shrunk(story_context: Any) -> None:
    first = Situation(words=("create-reset+", "end-failed"))

    result = explore(story_context(blind_client), ExploreOptions(examples=0, first=(first,)))

    assert [failure.situation for failure in result.failures] == [first]
    assert [item.situation for item in result.observations] == [first]


def test_client_without_failures_has_none(story_context: Any) -> None:
    result = explore(story_context(lambda words: GOOD_RUN), ExploreOptions(examples=3))

    assert result.failures == ()


def test_timing_failure_counts_if_it_happens_again(story_context: Any) -> None:
    hasty = Situation(words=("create-429",))
    options = ExploreOptions(examples=0, first=(hasty,))

    failing = explore(story_context(hasty_client(2)), options)
    flaky = explore(story_context(hasty_client(1)), options)

    assert {failure.finding.check for failure in failing.failures} == {
        "waits-out-retry-after",
        "waits-out-longest",
    }
    assert flaky.failures == ()


def test_timing_failure_of_the_sequence_counts_if_it_happens_again(story_context: Any) -> None:
    result = explore(story_context(hasty_client(1)), ExploreOptions(seed=0, examples=4))

    assert any(observation.failures for observation in result.observations)
    assert result.failures == ()


def test_known_failure_is_reported_once(story_context: Any) -> None:
    passing = Situation(words=("end-failed",))
    options = ExploreOptions(seed=2, examples=5, first=(passing, LOST))

    result = explore(story_context(blind_client), options)

    assert [failure.situation for failure in result.failures] == [LOST]


def test_time_ends_shrinking(story_context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHRINK_SECONDS", 0.0)
    monkeypatch.setattr(module, "STOP_INTERVAL", 0.0)

    result = explore(story_context(blind_client), ExploreOptions(seed=2, examples=20))

    assert [failure.finding.check for failure in result.failures] == ["no-blind-create"]


def test_client_that_had_to_be_stopped_is_not_run_again(story_context: Any) -> None:
    endless = Situation(words=("end-never",))
    context = story_context(lambda words: "create / poll processing / killed")

    result = explore(context, ExploreOptions(examples=0, first=(endless,)))

    assert [failure.finding.check for failure in result.failures] == ["ends-by-itself"]
    assert context.progress.reruns == []


def test_second_create_counts_although_it_happens_once(story_context: Any) -> None:
    runs = iter(["create none !!create-reset / create / poll completed", GOOD_RUN])

    result = explore(
        story_context(lambda words: next(runs)), ExploreOptions(examples=0, first=(LOST,))
    )

    [failure] = result.failures
    assert not failure.confirmed
    assert failure.observation.record is not None


def test_time_ends_an_exploration(story_context: Any) -> None:
    started = time.monotonic()

    result = explore(story_context(lambda words: GOOD_RUN), ExploreOptions(seconds=0.3))

    assert result.observations
    assert time.monotonic() - started < 5


def test_failure_ends_the_search_early_enough_to_shrink(
    story_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEARCH_SHARE", 0.0)

    result = explore(story_context(blind_client), ExploreOptions(seed=1, seconds=60, first=(LOST,)))

    assert [failure.situation for failure in result.failures] == [LOST]
    assert len(result.observations) < 20


def test_silent_client_ends_an_exploration(story_context: Any) -> None:
    result = explore(story_context(lambda words: "exit 1"), ExploreOptions(examples=500))

    assert len(result.observations) < 50
    assert result.failures == ()


def test_interrupted_exploration_reports_what_it_has(story_context: Any) -> None:
    def story(words: str) -> str:
        if len(context.driver.scripts) == 3:
            context.stop.set()
        return blind_client(words)

    context = story_context(story)

    result = explore(context, ExploreOptions(seed=1, examples=500, first=(LOST,)))

    assert result.interrupted
    assert 0 < len(result.observations) < 50


def test_report_has_a_result_for_each_invariant(story_context: Any) -> None:
    result = explore(story_context(blind_client), ExploreOptions(seed=2, examples=6))

    results = {item.case.id: item for item in invariant_results(result, lambda item: item.label)}

    failed, passed = results["EXP-no-blind-create"], results["EXP-bearer-once"]
    assert failed.verdict is Verdict.FAIL
    assert failed.findings[0].cause == "blind-create-retry"
    assert failed.reproduce == "create-reset+"
    assert failed.evidence["case"] == "EXPLORE"
    assert passed.verdict is Verdict.PASS
    unexercised = results["EXP-cancels-once"]
    assert unexercised.verdict is Verdict.UNEXERCISED
    assert unexercised.findings[0].actual == "the client did not cancel"


def test_json_lists_situations_invariants_and_failures(story_context: Any) -> None:
    result = explore(story_context(blind_client), ExploreOptions(seed=2, examples=6))

    value = exploration_json(result)

    assert value["seed"] == 2
    assert value["situations"][0]["words"] == ""
    assert value["states"] == ["create create-reset", "create pending", "poll completed"]
    row = next(row for row in value["invariants"] if row["id"] == "no-blind-create")
    assert row["failed"] >= 1
    assert row["exercised"] >= row["failed"]
    [failure] = value["failures"]
    assert failure["situation"] == {"words": "create-reset+"}
    assert failure["key"].startswith("sk-mock-")
    assert failure["key"] in failure["curl"]


def test_summary_names_what_was_never_exercised(story_context: Any) -> None:
    result = explore(story_context(blind_client), ExploreOptions(seed=2, examples=6))

    lines = list(summary_lines(result))

    assert lines[0].startswith("6 situations with seed 2: 3 states reached, ")
    assert "cancels-once" in lines[1]
    assert lines[2] == "no-blind-create: create-reset+"
    assert lines[3].strip().startswith("key: sk-mock-")


def test_summary_of_a_client_that_failed_only_once(story_context: Any) -> None:
    runs = iter(["create none !!create-reset / create / poll completed", GOOD_RUN])
    result = explore(
        story_context(lambda words: next(runs)), ExploreOptions(examples=0, first=(LOST,))
    )

    assert "no-blind-create: create-reset+ (not in the second run)" in summary_lines(result)


def test_summary_names_the_words_of_a_prompt(story_context: Any) -> None:
    in_prompt = Situation(words=LOST.words, prompt_words=("end-failed",))

    result = explore(story_context(blind_client), ExploreOptions(examples=0, first=(in_prompt,)))

    assert list(summary_lines(result))[-1] == "  in the prompt: [mock: end-failed]"


def test_working_directory_stays_clean(
    story_context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    explore(story_context(blind_client), ExploreOptions(seed=2, examples=3))

    assert list(tmp_path.iterdir()) == []
