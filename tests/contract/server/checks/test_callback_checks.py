"""Checks of callbacks against servers that send what a test chooses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import create_autospec

import pytest

from seedance_contract.case import Verdict
from seedance_contract.server.checks import callbacks
from seedance_contract.server.control_adapter import ControlAdapter
from seedance_contract.server.run import run_checks
from seedance_contract.server.suite import checks_by_id

from .conftest import FindingOf, Reply, context_for, json_reply

ID = "cgt-20260102030405-aaaaa"
JSON = {"Content-Type": "application/json"}
ENDED = {"id": ID, "model": "seedance-2.0", "status": "succeeded"}

Callback = tuple[str, dict[str, str]]
"""The status in a callback, and its headers."""


def callback(status: str, **headers: str) -> Callback:
    return status, {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}


QUEUED, RUNNING, SUCCEEDED = map(callback, ("queued", "running", "succeeded"))


class Sender:
    """A server that sends callbacks when its clock is advanced for the first time."""

    def __init__(self, sent: Sequence[Callback], *, follows: bool = False) -> None:
        self.url = ""
        self.control: Any = create_autospec(ControlAdapter, instance=True)
        self.control.advance_clock.side_effect = self._send
        self._sent = list(sent)
        self._follows = follows

    def respond(self, method: str, path: str, body: bytes) -> Reply:
        if method == "POST":
            self.url = json.loads(body)["callback_url"]
            return json_reply(200, {"id": ID})
        return json_reply(200, ENDED) if method == "GET" else (200, {}, b"")

    def _send(self, key: str, seconds: float) -> None:
        while self._sent:
            status, headers = self._sent.pop(0)
            named = {name: value.replace("KEY", key) for name, value in headers.items()}
            body = json.dumps({**ENDED, "status": status}).encode()
            self._post(self.url, body, named)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        request = urllib.request.Request(url, body, headers)
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError as error:
            error.close()
            if self._follows and url == self.url:
                self._post(error.headers["Location"], body, headers)


FAULTS: dict[str, tuple[str, Sender, str]] = {
    "another order": (
        "callbacks.changes",
        Sender([SUCCEEDED, RUNNING]),
        "running and succeeded, in this order",
    ),
    "another content type": (
        "callbacks.changes",
        Sender([RUNNING, callback("succeeded", Content_Type="text/plain")]),
        "Content-Type: application/json",
    ),
    "nothing at the create": (
        "callbacks.queued",
        Sender([RUNNING, SUCCEEDED]),
        "a callback with the status queued first",
    ),
    "no repetition": (
        "callbacks.repeated",
        Sender([RUNNING, SUCCEEDED]),
        "succeeded 2 to 4 times, as nobody acknowledges it",
    ),
    "a repeated start": (
        "callbacks.repeated",
        Sender([RUNNING, RUNNING, SUCCEEDED, SUCCEEDED]),
        "running once",
    ),
    "a redirect is followed": (
        "callbacks.redirect",
        Sender([SUCCEEDED], follows=True),
        "no request where a redirect leads",
    ),
    "the key is sent": (
        "callbacks.no-key",
        Sender([callback("succeeded", X_Key="KEY")]),
        "a callback without the API key",
    ),
    "a cancellation is reported": (
        "callbacks.cancelled",
        Sender([QUEUED, callback("cancelled")]),
        "no callback about a cancelled task",
    ),
    "nothing": ("callbacks.changes", Sender([]), "a callback with the status succeeded"),
}


@pytest.mark.parametrize(("check", "sender", "expected"), FAULTS.values(), ids=FAULTS)
def test_fault_is_described(
    finding_of: FindingOf, check: str, sender: Sender, expected: str
) -> None:
    finding = finding_of(sender.respond, check, sender.control)

    assert finding.verdict in (Verdict.FAIL, Verdict.INFO)
    assert finding.expected == expected


def test_every_check_reports_a_fault() -> None:
    assert {check.id for check in callbacks.CHECKS} == {check for check, *_ in FAULTS.values()}


def test_another_body_is_a_fault(finding_of: FindingOf) -> None:
    sender = Sender([RUNNING, SUCCEEDED])
    respond: Callable[..., Reply] = sender.respond

    def with_seed(method: str, path: str, body: bytes) -> Reply:
        return (
            json_reply(200, {**ENDED, "seed": 7})
            if method == "GET"
            else respond(method, path, body)
        )

    finding = finding_of(with_seed, "callbacks.changes", sender.control)

    assert finding.expected == "the body of a get of the task"


def test_another_machine_cannot_reach_the_receiver() -> None:
    control = create_autospec(ControlAdapter, instance=True)
    context = context_for("http://192.0.2.1:1", control=control)

    [result] = run_checks(context, [checks_by_id()["callbacks.changes"]])

    assert result.verdict is Verdict.UNEXERCISED
    assert "cannot reach this one" in result.findings[0].actual
