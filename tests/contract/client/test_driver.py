"""Clients that crash, hang, flood, leak, fork, and do not want to die."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from seedance_contract.client import driver as drivers
from seedance_contract.client.arena import Assignment, Run, Stage
from seedance_contract.client.driver import Spawning
from seedance_contract.client.environment import Mappings
from seedance_contract.client.jobs import job
from seedance_contract.client.scene import Scene

Drive = Callable[..., Run]


@pytest.fixture
def drive(make_scene: Callable[..., Scene], stage: Stage) -> Drive:
    """Give a function that leads a shell script through a case."""

    def lead(
        script: str,
        patience: float = 20.0,
        stop: Event | None = None,
        mappings: Mappings | None = None,
        **members: Any,
    ) -> Run:
        scene = make_scene(**members)
        assignment = Assignment(
            scene=scene,
            base_url=stage.base_url,
            secret=stage.secret,
            job=job(scene, "7f3a"),
            patience=patience,
        )
        driver = Spawning(command=("sh", "-c", script, "client"), mappings=mappings or Mappings())
        return driver.drive(assignment, stage, stop or Event())

    return lead


def test_a_client_ends_as_it_likes(drive: Drive) -> None:
    run = drive("""echo hello; echo '{"kit":1,"outcome":"failed"}'; echo oops >&2; exit 4""")

    assert (run.exit, run.killed, run.leaks) == (4, False, ())
    assert run.outcome == {"kit": 1, "outcome": "failed"}
    assert run.output == 'hello\n{"kit":1,"outcome":"failed"}\noops\n'


def test_a_crash_is_told_by_its_signal(drive: Drive) -> None:
    assert drive("kill -SEGV $$").exit == -11


def test_a_client_that_hangs_is_killed(drive: Drive) -> None:
    run = drive("trap '' TERM; echo here; while :; do sleep 9; done", patience=0.3)

    assert (run.exit, run.killed, run.output) == (None, True, "here\n")


def test_children_are_killed_too(drive: Drive, tmp_path: Path) -> None:
    drive(f"sleep 60 & echo $! > {tmp_path}/pid")

    assert not alive(int((tmp_path / "pid").read_text()))


def alive(pid: int) -> bool:
    """Tell whether a process still does something: a dead one may wait for its burial."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_a_flood_is_bounded(drive: Drive) -> None:
    run = drive("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo end")

    assert run.exit == 0
    assert run.output.endswith("x\nend\n")
    assert len(run.output) <= drivers.OUTPUT


@pytest.mark.parametrize(
    ("script", "where"),
    [
        ('echo "$TOKENLAB_API_KEY"', "stdout"),
        ('echo "$TOKENLAB_API_KEY" >&2', "stderr"),
        ('mkdir "$KIT_STATE_DIR/a"; echo "$TOKENLAB_API_KEY" > "$KIT_STATE_DIR/a/b"', "state"),
        ('sh -c "sleep 0.3; true" "$TOKENLAB_API_KEY"', "argv"),
    ],
    ids=["stdout", "stderr", "state", "argv"],
)
def test_a_leak_is_found_and_hidden(script: str, where: str, drive: Drive, stage: Stage) -> None:
    run = drive(script)

    assert run.leaks == (where,)
    assert stage.secret.key not in run.output


def test_an_argument_of_the_kit_is_no_leak(drive: Drive) -> None:
    run = drive("sleep 0.2", mappings=Mappings(arguments=("{api_key}",)))

    assert run.leaks == ()


def test_a_file_that_cannot_be_read_is_passed_over(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)

    assert drive('echo "$TOKENLAB_API_KEY" > "$KIT_STATE_DIR/a"').leaks == ()


def test_a_run_is_stopped_from_outside(drive: Drive) -> None:
    stop = Event()
    Timer(0.2, stop.set).start()

    began = time.monotonic()
    run = drive("sleep 60", stop=stop)

    assert run.killed
    assert time.monotonic() - began < 10


def test_a_client_that_sends_nothing_counts_as_started(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "STARTING", 0.0)

    assert drive("sleep 0.1; echo ok").output == "ok\n"


def test_an_error_while_starting_leaves_no_client(
    drive: Drive, stage: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken() -> int:
        deadline = time.monotonic() + 60
        while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "seen", broken)

    with pytest.raises(KeyboardInterrupt):
        drive(f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; sleep 60")

    assert not alive(int((tmp_path / "pid").read_text()))


RESUMING = """
case $KIT_JOB in
*resume*) echo again; cat "$KIT_STATE_DIR/id" ;;
*) echo first; echo 5 > "$KIT_STATE_DIR/id"; touch "$READY"; sleep 60 ;;
esac
"""


@pytest.mark.parametrize("later", [{}, {"seen": 0.2}], ids=["rests", "goes-on"])
def test_a_client_is_killed_and_started_again(
    later: dict[str, float],
    drive: Drive,
    stage: Any,
    make_exchange: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drivers, "MEMORY", 0.3)
    monkeypatch.setattr(drivers, "STARTING", 0.0)
    came = [make_exchange(place="create", ended=0.1)]
    if later:
        came.append(make_exchange(place="poll", **later))
    ready = tmp_path / "ready"
    monkeypatch.setattr(stage, "exchanges", lambda: tuple(came) if ready.exists() else ())

    mappings = Mappings(variables=(("READY", str(ready)),))
    run = drive(RESUMING, restart_after="create", mappings=mappings)

    assert (run.exit, run.killed) == (0, False)
    assert run.output == "first\nagain\n5\n"
    assert run.facts["restarted"] > 0


def test_without_an_answer_there_is_no_second_start(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "STARTING", 0.0)
    run = drive("sleep 0.2; echo one", restart_after="create")

    assert (run.output, run.facts) == ("one\n", {})


def test_a_download_is_digested(drive: Drive) -> None:
    asked = {"action": "download"}
    script = f"""{sys.executable} -c '
import json, os; open(json.loads(os.environ["KIT_JOB"])["download_to"], "w").write("film")'"""

    digest = hashlib.sha256(b"film").hexdigest()
    assert drive(script, job=asked).facts == {"downloaded_sha256": digest}
    assert drive("true", job=asked).facts == {"downloaded_sha256": None}


def test_clients_start_a_few_at_a_time() -> None:
    assert Spawning(command=("true",)).starts._initial_value == 2 * (os.cpu_count() or 1)  # type: ignore[attr-defined] # of CPython
