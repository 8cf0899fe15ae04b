"""Servers with defects: the checks find each, and their scripts show it again.

On a healthy server the scripts show something else.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mutant_runs import require_caught, results_on, run_on
from script_runs import run_script
from seedance_contract.case import Result
from seedance_contract.server.check_context import KeyPool, Stage
from seedance_contract.server.suite import checks_by_id
from seedance_mock.testing.live import live_server
from server_defects import Mutant
from server_mutants import MUTANTS


def require_curl() -> None:
    """Skip the rest of a test, which runs scripts, if it cannot."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")


FAST = ("16 s are accepted", "a refusal reserves money", "no key is needed")
"""Mutants of the fast tier: the others have searches that take seconds."""

VARIABLE_TEXTS: Mapping[str, str] = {
    "SIGNATURE": r'signature=[^"&]+',
    "ID": r"(?:cgt|asset|group)-[0-9]{14}-[a-z0-9]{5}|ldtask_[0-9a-f]{32}|[0-9a-f]{32,}",
    "OWNER": r"\.[0-9a-f]{8}(?=/)",
    "HOST": r"127\.0\.0\.1:\d+",
    "KEY": r"sk-check-[\w-]+|key#\d+",
    "REQUEST": r"req_[0-9a-f]{24}",
    "BILLING": r"btx_[0-9a-f]{6,}",
    "ACCOUNT": r'"name":"key-\d+"',
    "DATE": r"date: .*",
    "TRY": r"=== Try \d+",
    "TIME": r"\b\d{10}(?:\d{3}|\.\d+)?\b",
}
"""Patterns of what differs in each run."""


def without_variable_texts(text: str) -> str:
    """Replace what differs in each run, so that equal values remain equal and times in order."""
    for name, pattern in VARIABLE_TEXTS.items():
        values = dict.fromkeys(re.findall(pattern, text))
        ordered = sorted(values, key=float) if name == "TIME" else values
        for number, value in enumerate(ordered):
            text = text.replace(value, f"{name}{number}")
    return text


def last_step(output: str) -> tuple[str, str]:
    """Return the status and the body that a script printed last.

    The status of a race is whether it had the outcomes of the run that failed, the one of a
    reading of money is empty.
    """
    title, _, response = output[output.rindex("\n=== ") + 5 :].partition("\n")
    if title.startswith("Try"):
        return title.rpartition(":")[2].strip(), ""
    if title.endswith("the money of the account"):
        return "", without_variable_texts(response.strip())
    head, _, body = response.replace("\r\n", "\n").partition("\n\n")
    return head.split()[1], without_variable_texts(body.strip())


def recorded(result: Result) -> tuple[str, str]:
    """Return the status and the body of the response that shows the failure."""
    exchanges: Any = result.evidence["exchanges"]
    return str(exchanges[-1]["status"]), without_variable_texts(exchanges[-1]["answer_body"])


def is_same(result: Result, shown: tuple[str, str]) -> bool:
    """Return whether a script has shown the failure of a result again."""
    status = shown[0]
    if checks_by_id()[result.case.id].stage is Stage.RACE:
        return status == "same outcomes"
    if not status:
        return True  # The evidence has no readings of money to compare with.
    # The times of each task are random, so that it may be in another state by now.
    return tuple(map(without_progress, shown)) == tuple(map(without_progress, recorded(result)))


def without_progress(text: str) -> str:
    """Replace what depends on how far a task has come."""
    text = re.sub(r'"(pending|processing|queued|running)"', '"active"', text)
    return re.sub(r"TIME\d+", "TIME", text)


def parameter(mutant: Mutant) -> object:
    marks = () if mutant.id in FAST else pytest.mark.slow("mutants")
    return pytest.param(mutant, id=mutant.id, marks=marks)


@pytest.mark.parametrize("mutant", [parameter(mutant) for mutant in MUTANTS])
def test_script_shows_the_failure_again(mutant: Mutant, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutant.patch(patch)
        with live_server(mutant.settings) as server:
            results = results_on(server, mutant)
            require_caught(mutant, results)
            require_curl()
            scripts = {id: result.reproduce for id, result in results.items()}
            again = {id: run_script(script, server.url, tmp_path) for id, script in scripts.items()}
    with live_server() as server:
        healthy = {
            id: run_script(script, server.url, tmp_path, TRIES="5")
            for id, script in scripts.items()
        }

    shown = {id: last_step(output) for id, output in again.items()}
    differs = {id: shown[id] for id in shown if not is_same(results[id], shown[id])}
    assert differs == {}
    unchanged = {
        id
        for id in scripts
        if without_variable_texts(again[id]) == without_variable_texts(healthy[id])
    }
    assert unchanged == set()


def test_given_keys_come_from_the_environment(tmp_path: Path) -> None:
    require_curl()
    [mutant] = [mutant for mutant in MUTANTS if mutant.id == "tasks are shown to other keys"]
    key, other_key = "sk-given-1234567", "sk-given-7654321"
    keys = KeyPool(key, other_key, run_id="given")

    with pytest.MonkeyPatch.context() as patch:
        mutant.patch(patch)
        with live_server() as server:
            checks = [checks_by_id()["refusals.foreign-task"]]
            [result] = run_on(server, checks, keys=keys).values()
            variables = {"TOKENLAB_API_KEY": key, "OTHER_API_KEY": other_key}
            output = run_script(result.reproduce, server.url, tmp_path, **variables)

    assert key not in result.reproduce
    assert other_key not in result.reproduce
    assert last_step(output) == recorded(result)
    assert last_step(output)[0] == "200"
