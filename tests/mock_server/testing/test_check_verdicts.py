"""The verdicts of live checks for tests in Python."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

from seedance_contract.case import Verdict
from seedance_mock.testing import (
    AccountChecks,
    AsyncControl,
    CheckVerdict,
    Httpx2MockTransport,
    InProcess,
    assert_no_findings,
    live_server,
)

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


def post(mock: InProcess, key: str, count: int) -> AccountChecks:
    """Send creates with a key, and return the checks of its account."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(transport=Httpx2MockTransport(mock), base_url=mock.url) as client:
        for _ in range(count):
            client.post(CREATE, json=BODY, headers=headers)
    return AccountChecks(mock.control, mock.control.open(key).name)


@pytest.fixture(scope="module")
def mock() -> Iterator[InProcess]:
    """Give a mock in this process."""
    with InProcess() as mock:
        yield mock


def test_a_finding_says_what_to_do(mock: InProcess) -> None:
    checks = post(mock, mock.key("create-504x9"), 2)

    with pytest.raises(AssertionError) as failure:
        checks.assert_no_findings()

    lines = str(failure.value).splitlines()
    assert lines[0].startswith("FAIL no-blind-create: The client sends a create again only if")
    assert [line.split(":")[0] for line in lines[2:5]] == ["  fix", "  source", "  requests"]


def test_checks_can_be_ignored(mock: InProcess) -> None:
    checks = post(mock, mock.key("create-504x9"), 2)

    checks.assert_no_findings(ignore=["no-blind-create", "backs-off"])
    with pytest.raises(ValueError, match=r"there is no check no-blind-creat$"):
        checks.assert_no_findings(ignore=["no-blind-creat"])


def test_a_clean_client_has_no_findings(mock: InProcess) -> None:
    checks = post(mock, mock.key(), 1)

    checks.assert_no_findings(strict=True)
    assert {verdict.verdict for verdict in checks.verdicts()} == {
        Verdict.PASS,
        Verdict.UNEXERCISED,
    }


@pytest.mark.parametrize("strict", [False, True])
def test_a_failed_should_counts_if_strict(strict: bool) -> None:
    verdict = CheckVerdict(
        id="unhurried",
        level="SHOULD",
        verdict=Verdict.NON_STRICT,
        requirement="Polls are at least 5 s apart.",
        explanation="They are not.",
        fix="",
        source="page: get-video-status",
        cause="",
        title="",
        hints={},
        requests=("req_1", "req_2"),
    )

    if not strict:
        assert_no_findings([verdict])
        return
    with pytest.raises(AssertionError, match=r"requests: req_1, req_2$"):
        assert_no_findings([verdict], strict=strict)


def test_a_server_judges_its_traffic() -> None:
    with live_server() as server:
        key = server.key("create-504x9")
        for _ in range(2):
            httpx2.post(server.url + CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"})
        account = server.control.open(key).name

        verdicts = asyncio.run(AsyncControl(server.url).checks(account))
        later = server.control.checks(account, after=2)

    assert "FAIL" in {verdict.verdict for verdict in verdicts}
    assert {verdict.verdict for verdict in later} == {"UNEXERCISED"}
