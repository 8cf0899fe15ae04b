"""Fixtures of the tests for checks of live traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from seedance_mock.live_checks.judgement import judge
from seedance_mock.live_checks.recording import TimeBase
from seedance_mock.service.journal.entries import JournalEntry

Verdicts = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def verdicts() -> Verdicts:
    """Give a function that judges entries and returns the judgements as JSON, by id."""

    def verdicts_of(
        entries: Sequence[JournalEntry], time_base: TimeBase = TimeBase.REAL
    ) -> dict[str, dict[str, Any]]:
        judgements = asyncio.run(judge(entries, time_base))
        return {str(row["id"]): row for row in (each.as_json() for each in judgements)}

    return verdicts_of
