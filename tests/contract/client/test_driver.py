"""Clients that crash, hang, flood, leak and fork, and clients that are restarted."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from seedance_contract.client import driver as drivers
from seedance_contract.client.arena import Assignment, CaseServer, DriverResult
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.driver import ProcessDriver
from seedance_contract.client.environment import Mappings
from seedance_contract.client.jobs import kit_job
from seedance_contract.client.record import output_text

pytestmark = pytest.mark.usefixtures("unmeasured")

Drive = Callable[..., DriverResult]


def printed(result: DriverResult, stream: str = "stdout") -> str:
    """Return what the client printed on a stream."""
    return output_text(tuple(chunk for chunk in result.output if chunk.stream == stream))


@pytest.fixture
def drive(make_case: Callable[..., ClientCase], case_server: CaseServer) -> Drive:
    """Give a function that runs a shell script as the client of a case."""

    def run(
        script: str,
        timeout: float = 20.0,
        stop: Event | None = None,
        mappings: Mappings | None = None,
        **members: Any,
    ) -> DriverResult:
        client_case = make_case(**members)
        assignment = Assignment(
            client_case=client_case,
            base_url=case_server.base_url,
            secret=case_server.secret,
            job=kit_job(client_case, "7f3a"),
            timeout=timeout,
        )
        driver = ProcessDriver(
            command=("sh", "-c", script, "client"), mappings=mappings or Mappings()
        )
        return driver.drive(assignment, case_server, stop or Event())

    return run


def test_exit_status_and_output_are_reported(drive: Drive) -> None:
    result = drive("""echo hello; echo '{"kit":1,"outcome":"failed"}'; echo oops >&2; exit 4""")

    assert (result.exit, result.killed, result.leaks) == (4, False, ())
    assert result.outcome == {"kit": 1, "outcome": "failed"}
    assert printed(result) == 'hello\n{"kit":1,"outcome":"failed"}\n'
    assert printed(result, "stderr") == "oops\n"


def test_client_uses_no_proxy_for_local_hosts(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "example.com")

    result = drive('echo "$no_proxy"')

    assert printed(result) == "example.com,127.0.0.1,localhost,::1,127.0.0.2\n"


def test_mapping_may_set_no_proxy(drive: Drive) -> None:
    result = drive('echo "$NO_PROXY"', mappings=Mappings(variables=(("NO_PROXY", "none"),)))

    assert printed(result) == "none\n"


def test_crash_has_the_negative_signal_number(drive: Drive) -> None:
    assert drive("kill -SEGV $$").exit == -11


def test_hanging_client_is_killed(drive: Drive) -> None:
    result = drive("trap '' TERM; echo here; while :; do sleep 9; done", timeout=0.3)

    assert (result.exit, result.killed, printed(result)) == (None, True, "here\n")


def test_child_processes_are_killed(drive: Drive, tmp_path: Path) -> None:
    drive(f"sleep 60 & echo $! > {tmp_path}/pid")

    assert not is_alive(int((tmp_path / "pid").read_text()))


def is_alive(pid: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_file_of_a_detached_process_ends_no_run(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: object, *arguments: object, **options: object) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "rmdir", fail)

    assert drive("exit 4").exit == 4


def test_output_is_limited(drive: Drive) -> None:
    result = drive("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo end")

    assert result.exit == 0
    assert printed(result).endswith("x\nend\n")
    assert len(printed(result)) <= drivers.MAX_OUTPUT


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ('echo "$TOKENLAB_API_KEY"', "stdout"),
        ('echo "$TOKENLAB_API_KEY" >&2', "stderr"),
        ('mkdir "$KIT_STATE_DIR/a"; echo "$TOKENLAB_API_KEY" > "$KIT_STATE_DIR/a/b"', "state"),
        ('sh -c "sleep 0.3; true" "$TOKENLAB_API_KEY"', "argv"),
    ],
    ids=["stdout", "stderr", "state", "argv"],
)
def test_leaked_key_is_found_and_redacted(
    script: str, place: str, drive: Drive, case_server: CaseServer
) -> None:
    result = drive(script)

    assert result.leaks == (place,)
    assert case_server.secret.key not in output_text(result.output)


def test_key_in_an_argument_of_the_kit_is_no_leak(drive: Drive) -> None:
    result = drive("sleep 0.2", mappings=Mappings(arguments=("{api_key}",)))

    assert result.leaks == ()


def test_unreadable_file_is_skipped(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)

    assert drive('echo "$TOKENLAB_API_KEY" > "$KIT_STATE_DIR/a"').leaks == ()


def test_another_thread_can_stop_the_client(drive: Drive) -> None:
    stop = Event()
    Timer(0.2, stop.set).start()

    started = time.monotonic()
    result = drive("sleep 60", stop=stop)

    assert result.killed
    assert time.monotonic() - started < 10


def test_client_without_requests_counts_as_started(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "START_TIMEOUT", 0.0)

    assert printed(drive("sleep 0.1; echo ok")) == "ok\n"


def test_error_during_the_start_leaves_no_client(
    drive: Drive, case_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counts = iter([0])

    def interrupt() -> int:
        for count in counts:
            return count
        deadline = time.monotonic() + 60
        while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(case_server, "request_count", interrupt)

    with pytest.raises(KeyboardInterrupt):
        drive(f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; sleep 60")

    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_request_during_the_start_ends_the_start(
    drive: Drive, case_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A client that is quick has sent its first request when its process is seen to run.
    counts = [0, 1]
    monkeypatch.setattr(case_server, "request_count", lambda: counts.pop(0))

    assert printed(drive("sleep 0.2; echo ok")) == "ok\n"
    assert counts == []


RESUMING_CLIENT = """
case $KIT_JOB in
*resume*) echo again "$@"; cat "$KIT_STATE_DIR/id" ;;
*) echo first "$@"; echo 5 > "$KIT_STATE_DIR/id"; touch "$READY"; sleep 60 ;;
esac
"""


@pytest.mark.parametrize("later", [{}, {"seen": 0.2}], ids=["idle", "next-request"])
def test_client_is_killed_and_restarted(
    later: dict[str, float],
    drive: Drive,
    case_server: Any,
    make_exchange: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drivers, "RESTART_DELAY", 0.3)
    monkeypatch.setattr(drivers, "START_TIMEOUT", 0.0)
    received = [make_exchange(place="create", ended=0.1, task_id="ldtask_1")]
    if later:
        received.append(make_exchange(place="poll", **later))
    ready = tmp_path / "ready"
    monkeypatch.setattr(case_server, "exchanges", lambda: tuple(received) if ready.exists() else ())

    mappings = Mappings(variables=(("READY", str(ready)),), arguments=("--task={task_id}",))
    result = drive(RESUMING_CLIENT, restart_after="create", mappings=mappings)

    assert (result.exit, result.killed) == (0, False)
    assert printed(result) == "first\nagain --task=ldtask_1\n5\n"
    assert result.passed_fields == ("task_id",)
    assert result.facts["restarted"] > 0


def test_client_without_a_response_is_not_restarted(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "START_TIMEOUT", 0.0)

    result = drive("sleep 0.2; echo end", restart_after="create")

    assert (printed(result), result.facts) == ("end\n", {})


def test_download_has_a_digest(drive: Drive) -> None:
    job = {"action": "download"}
    script = f"""{sys.executable} -c '
import json, os; open(json.loads(os.environ["KIT_JOB"])["download_to"], "w").write("film")'"""

    digest = hashlib.sha256(b"film").hexdigest()
    assert drive(script, job=job).facts == {"downloaded_sha256": digest}
    assert drive("true", job=job).facts == {"downloaded_sha256": None}


def test_few_clients_start_at_the_same_time() -> None:
    driver = ProcessDriver(command=("true",))

    assert driver.start_slots._initial_value == 2 * (os.cpu_count() or 1)  # type: ignore[attr-defined] # of CPython
