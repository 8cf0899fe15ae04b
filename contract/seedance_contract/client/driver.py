"""Leads a client that is a command through a case: a process, watched from outside."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore, Event
from typing import Any

from seedance_contract.client import processes
from seedance_contract.client.arena import Assignment, Run, Stage
from seedance_contract.client.environment import Mappings, command, outcome, variables
from seedance_contract.client.output import Printed
from seedance_contract.client.warp import warped

TICK = 0.03
"""Seconds between two looks at a client."""

OUTPUT = 8 * 1024
"""Bytes of each stream that a record keeps."""

STARTING = 10.0
"""Seconds after which a client counts as started even though it has sent nothing."""

MEMORY = 2.0
"""Seconds that a client has to remember its task before it is killed and started again."""

DRAIN = 2.0
"""Seconds that the pipes of a dead client have to end."""

MOST_FILE = 16 * 1024 * 1024
MOST_FILES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spawning:
    """Starts the client as a process for each case.

    Args:
        command: the client.
        mappings: how it is told besides.
        warp: what is put before the command where time is to pass faster, for each rate.
        starts: bounds how many clients start at once: a storm of starts, not of clients that
            sleep, is what slows a machine down.
        start: turns a command line and an environment into a process that can be waited for.
        tick: seconds between two looks at a client.
    """

    command: tuple[str, ...]
    mappings: Mappings = field(default_factory=Mappings)
    warp: Callable[[float], Sequence[str]] = warped
    starts: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(2 * (os.cpu_count() or 1))
    )
    start: Callable[[Sequence[str], Mapping[str, str]], subprocess.Popen[bytes]] = processes.start
    tick: float = TICK

    def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
        """Run the client, twice where the scene kills it on the way."""
        with tempfile.TemporaryDirectory(prefix="kit-") as folder:
            state = Path(folder)
            assignment = _placed(assignment, state)
            watch = _Watch(self, assignment, stage, stop, state)
            ended = watch.run(assignment.scene.restart_after)
            if ended is None:
                watch.restart()
                ended = watch.run(None)
            return watch.told(ended or (None, True))


def _placed(assignment: Assignment, state: Path) -> Assignment:
    """Return the assignment with a place for a download, where one is asked for."""
    if assignment.job["action"] != "download":
        return assignment
    job = {"download_to": str(state / "video.mp4"), **assignment.job}
    return replace(assignment, job=job)


Ended = tuple[int | None, bool]
"""The exit status of a client, and whether it had to be killed."""


class _Watch:
    """What is seen of the processes of one case."""

    def __init__(
        self, driver: Spawning, assignment: Assignment, stage: Stage, stop: Event, state: Path
    ) -> None:
        self._assignment = assignment
        self._driver = driver
        self._stage = stage
        self._stop = stop
        self._state = state
        self._stdout = Printed(assignment.secret)
        self._stderr = Printed(assignment.secret)
        self._argued = False
        self._restarted: float | None = None

    def run(self, restart_after: str | None) -> Ended | None:
        """Run the client to its end, or to its time; None where it is to be started again."""
        with self._started() as process:
            while processes.running(process):
                self._look(process.pid)
                if self._over():
                    return None, True
                if restart_after and _remembered(self._stage, restart_after):
                    return None
                self._stop.wait(self._driver.tick)
            processes.kill(process)
            return process.returncode, False

    def restart(self) -> None:
        """Let the next process go on with the job of the one that was killed."""
        self._restarted = self._stage.seconds()
        job = {**self._assignment.job, "action": "resume"}
        self._assignment = replace(self._assignment, job=job)

    def _over(self) -> bool:
        """Tell whether the time is up."""
        return self._stop.is_set() or self._stage.seconds() > self._assignment.patience

    @contextmanager
    def _started(self) -> Iterator[subprocess.Popen[bytes]]:
        assignment, mappings = self._assignment, self._driver.mappings
        line = command(self._driver.command, assignment, mappings)
        told = variables(assignment, self._state, mappings)
        with self._driver.starts:
            if self._restarted is None:
                self._stage.begin()
            process = self._driver.start(
                [*self._driver.warp(assignment.rate), *line], {**os.environ, **told}
            )
            try:
                self._follow(process)
                self._started_up(process)
            except BaseException:
                processes.kill(process)
                raise
        try:
            yield process
        finally:
            processes.kill(process)
            for printed in (self._stdout, self._stderr):
                printed.ended(DRAIN)

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdout.follow(process.stdout)
        self._stderr.follow(process.stderr)

    def _started_up(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the client is past its start: it has sent something, or has ended."""
        before, patience = self._stage.seen(), self._stage.seconds() + STARTING
        while processes.running(process) and self._stage.seen() == before:
            self._look(process.pid)
            if self._over() or self._stage.seconds() > patience:
                return
            self._stop.wait(self._driver.tick)

    def _look(self, pid: int) -> None:
        """Look whether the key stands in a command line, where the kit has not put it itself."""
        if self._argued or self._driver.mappings.shows_key:
            return
        self._argued = any(map(self._assignment.secret.shown_in, processes.arguments(pid)))

    def told(self, ended: Ended) -> Run:
        """Return what was seen."""
        status, killed = ended
        stdout, stderr = self._stdout.text(), self._stderr.text()
        leaks = {
            "stdout": self._stdout.leaked,
            "stderr": self._stderr.leaked,
            "argv": self._argued,
            "state": any(map(self._assignment.secret.shown_in, map(_content, _files(self._state)))),
        }
        return Run(
            exit=status,
            killed=killed,
            outcome=outcome(stdout),
            output=stdout[-OUTPUT:] + stderr[-OUTPUT:],
            leaks=tuple(name for name, leaked in leaks.items() if leaked),
            facts=self._facts(),
        )

    def _facts(self) -> dict[str, object]:
        restarted = {} if self._restarted is None else {"restarted": self._restarted}
        return {**restarted, **_downloaded(self._assignment.job)}


def _remembered(stage: Stage, place: str) -> bool:
    """Tell whether the client had an answer, and time to keep what it says."""
    answers = [one for one in stage.exchanges() if one.place == place and one.ended is not None]
    if not answers:
        return False
    ended = answers[0].ended
    assert ended is not None
    return stage.seconds() - ended > MEMORY or stage.exchanges()[-1].seen > ended


def _files(state: Path) -> Iterator[Path]:
    """Yield the files that a client left in its state, but not without end."""
    files = (path for path in sorted(state.rglob("*")) if path.is_file() and not path.is_symlink())
    return islice(files, MOST_FILES)


def _content(path: Path) -> bytes:
    """Return the beginning of a file; nothing of one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_FILE)
    except OSError:
        return b""


def _downloaded(job: Mapping[str, Any]) -> dict[str, object]:
    """Return what a client made of a download."""
    if "download_to" not in job:
        return {}
    path = Path(job["download_to"])
    digest = hashlib.sha256(_content(path)).hexdigest() if path.is_file() else None
    return {"downloaded_sha256": digest}
