"""`check-client` on a small catalogue, and a client that waits or does not."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seedance_contract.case import Case, Group, Level, Mismatch
from seedance_contract.client.client_case import ClientCase, ClientCheck, Need
from seedance_contract.client.record import Record
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.sources import page
from seedance_mock.commands.check_client import run
from seedance_mock.commands.main import main

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")


CLIENT = """
import json, os, sys, time, urllib.error, urllib.request

if json.loads(os.environ["KIT_JOB"])["action"] != "generate":
    sys.exit(127)


def call(path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["TOKENLAB_BASE_URL"] + path, data, headers)
    return json.load(urllib.request.urlopen(request, timeout=30))


job = json.loads(os.environ["KIT_JOB"])
if job.get("dialect") == "v3":
    call("/api/v3/contents/generations/tasks", job["request"])
    sys.exit(0)
task = call("/v1/videos/generations", job["request"])
while task["status"] in ("pending", "processing"):
    try:
        task = call(task["poll_url"])
    except urllib.error.HTTPError as error:
        time.sleep(0 if "--hurry" in sys.argv else float(error.headers["Retry-After"]))
print(json.dumps({"kit": 1, "outcome": task["status"]}))
"""


LEAKY_CLIENT = """
import base64, os, runpy, sys

key = os.environ["TOKENLAB_API_KEY"]
for stream in (sys.stdout, sys.stderr):
    print(key, base64.b64encode(key.encode()).decode(), file=stream, flush=True)
runpy.run_path("client.py", run_name="__main__")
"""


def waits_out_retry_after(record: Record) -> None:
    """Require a second between a 429 and the next poll."""
    for poll, _, gap in record.gaps(record.polls):
        if poll.status == 429 and gap < 0.95:
            raise Mismatch("at least 1 s", f"{gap:.2f} s")


def passes(record: Record) -> None:
    """Require nothing."""


def client_case(name: str, evaluate: Callable[[Record], None], **fields: Any) -> ClientCase:
    """Return a case with one check."""
    prefix = name.partition("-")[0]
    group = Group(name=prefix.lower(), prefix=prefix, title=f"{prefix} Things")
    case = Case(
        id=name,
        group=group.title,
        level=Level.MUST,
        requirement="It works.",
        source=page("here"),
    )
    check = ClientCheck(
        id="works", level=Level.MUST, requirement="It works.", evaluate=evaluate, timed=True
    )
    return ClientCase(**{"case": case, "group": group, "script": "", "checks": (check,), **fields})


CASES = (
    client_case("POLL-91", waits_out_retry_after, script="poll-429 retry-1s", safe=True),
    client_case("POLL-92", passes, core=True),
    client_case("CAN-91", passes, job={"action": "cancel"}, needs=frozenset({Need.ACTION})),
    client_case("V3-91", passes, dialect=V3, safe=True),
)


CheckClient = Callable[..., Result]


@pytest.fixture
def check_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckClient:
    """Give a function that runs `check-client` on the small catalogue above."""
    monkeypatch.setattr(run, "CASES", CASES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "leaky.py").write_text(LEAKY_CLIENT)

    def run_program(*options: str, client: tuple[str, ...] = ()) -> Result:
        command = ["--", *client] if client else []
        return CliRunner().invoke(main, ["check-client", *options, *command])

    return run_program


GOOD = (sys.executable, "client.py")


HURRIED = (*GOOD, "--hurry")

BASELINE = """
[[expect]]
case = "POLL-91"
check = "works"
reason = "known"
"""
