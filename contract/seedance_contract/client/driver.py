"""Runs a client that is a command: one process for each case, watched from outside."""

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
from seedance_contract.client.arena import Assignment, CaseServer, DriverResult
from seedance_contract.client.environment import (
    Mappings,
    bypass_proxies,
    command_line,
    environment_variables,
    parse_outcome,
)
from seedance_contract.client.job_fields import field_values
from seedance_contract.client.output import OutputReader
from seedance_contract.client.record import Output
from seedance_contract.client.warp import faketime_command

WATCH_INTERVAL = 0.03
"""Seconds between two looks at a running client."""

MAX_OUTPUT = 8 * 1024
"""Characters of each output stream that a record keeps."""

START_TIMEOUT = 10.0
"""Seconds after which a client counts as started although it has sent no request."""

RESTART_DELAY = 2.0
"""Seconds that a client has to store its task before the driver kills and restarts it."""

DRAIN_TIMEOUT = 2.0
"""Seconds to wait for the end of the output pipes after a client has ended."""

# Limits of the search for leaked keys: a client may fill its state directory without end.
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_FILES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDriver:
    """Starts the client as a process for each case.

    Args:
        command: the command line of the client.
        mappings: further environment variables and arguments.
        warp_prefix: returns the words before the command that make time pass at a rate.
        start_slots: limits how many clients start at the same time. Starting clients use the
            processor; running clients mostly sleep.
        start_process: starts a process from a command line and an environment.
        interval: seconds between two looks at a running client.
    """

    command: tuple[str, ...]
    mappings: Mappings = field(default_factory=Mappings)
    warp_prefix: Callable[[float], Sequence[str]] = faketime_command
    start_slots: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(2 * (os.cpu_count() or 1))
    )
    start_process: Callable[[Sequence[str], Mapping[str, str]], subprocess.Popen[bytes]] = (
        processes.start
    )
    interval: float = WATCH_INTERVAL

    def drive(self, assignment: Assignment, case_server: CaseServer, stop: Event) -> DriverResult:
        """Run the client once, or twice if the case restarts it."""
        # A process that has left the group of the client, such as a browser, may go on to write.
        with tempfile.TemporaryDirectory(prefix="kit-", ignore_cleanup_errors=True) as folder:
            state = Path(folder)
            assignment = _with_download_path(assignment, state)
            case_run = _CaseRun(self, assignment, case_server, stop, state)
            end = case_run.run(assignment.client_case.restart_after)
            if end is None:
                case_run.prepare_restart()
                end = case_run.run(None)
            return case_run.result(end or (None, True))


def _with_download_path(assignment: Assignment, state: Path) -> Assignment:
    """Return the assignment with a path for the file, if its action is a download."""
    if assignment.job["action"] != "download":
        return assignment
    job = {"download_to": str(state / "video.mp4"), **assignment.job}
    return replace(assignment, job=job)


ProcessEnd = tuple[int | None, bool]
"""The exit status of a client, and whether the driver had to kill it."""


class _CaseRun:
    """The processes of one case, and what the driver observes of them."""

    def __init__(
        self,
        driver: ProcessDriver,
        assignment: Assignment,
        case_server: CaseServer,
        stop: Event,
        state: Path,
    ) -> None:
        self._assignment = assignment
        self._driver = driver
        self._case_server = case_server
        self._stop = stop
        self._state = state
        clock = case_server.elapsed_seconds
        self._stdout = OutputReader("stdout", assignment.secret, clock)
        self._stderr = OutputReader("stderr", assignment.secret, clock)
        self._key_in_arguments = False
        self._restarted_at: float | None = None
        self._task_id: str | None = None

    def run(self, restart_after: str | None) -> ProcessEnd | None:
        """Run the client until it ends or its time is over. Return None to restart it."""
        with self._running_client() as process:
            while processes.is_running(process):
                self._search_arguments(process.pid)
                if self._must_stop():
                    return None, True
                if restart_after and _may_restart(self._case_server, restart_after):
                    return None
                self._stop.wait(self._driver.interval)
            processes.kill(process)
            return process.returncode, False

    def prepare_restart(self) -> None:
        """Let the next process resume the job of the process that was killed."""
        self._restarted_at = self._case_server.elapsed_seconds()
        # Only a client that receives the job through --arg or --env can be told the task. With
        # KIT_JOB it would not show that it has stored the task itself.
        created = (exchange.task_id for exchange in self._case_server.exchanges())
        self._task_id = next(filter(None, created), None)
        job = {**self._assignment.job, "action": "resume"}
        self._assignment = replace(self._assignment, job=job)

    def _must_stop(self) -> bool:
        """Return whether the time of the client is over."""
        return self._stop.is_set() or self._case_server.elapsed_seconds() > self._assignment.timeout

    @contextmanager
    def _running_client(self) -> Iterator[subprocess.Popen[bytes]]:
        assignment, mappings = self._assignment, self._driver.mappings
        values = field_values(assignment, self._state, task_id=self._task_id)
        command = command_line(self._driver.command, mappings, values)
        environment = environment_variables(mappings, values)
        with self._driver.start_slots:
            # The wait for a slot must not count as time of the client. After a restart the clock
            # keeps running, since the restarted process belongs to the same case.
            if self._restarted_at is None:
                self._case_server.start_clock()
            # Counted before the start: a client that starts fast may have sent its first request
            # when `start_process` returns.
            request_count = self._case_server.request_count()
            process = self._driver.start_process(
                [*self._driver.warp_prefix(assignment.rate), *command],
                {**bypass_proxies(os.environ), **environment},
            )
            try:
                self._follow(process)
                self._wait_until_started(process, request_count)
            # BaseException: Ctrl-C must not leave a client running either.
            except BaseException:
                processes.kill(process)
                raise
        try:
            yield process
        finally:
            processes.kill(process)
            for reader in (self._stdout, self._stderr):
                reader.join(DRAIN_TIMEOUT)

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdout.follow(process.stdout)
        self._stderr.follow(process.stderr)

    def _wait_until_started(self, process: subprocess.Popen[bytes], request_count: int) -> None:
        """Wait until the client has sent a request or has ended, or `START_TIMEOUT` is over.

        `request_count` is the number of requests before the start.
        """
        deadline = self._case_server.elapsed_seconds() + START_TIMEOUT
        while processes.is_running(process) and self._case_server.request_count() == request_count:
            self._search_arguments(process.pid)
            if self._must_stop() or self._case_server.elapsed_seconds() > deadline:
                return
            self._stop.wait(self._driver.interval)

    def _search_arguments(self, pid: int) -> None:
        """Search the command lines for the key, unless the kit itself put it there."""
        if self._key_in_arguments or self._driver.mappings.shows_key:
            return
        command_lines = processes.command_lines(pid)
        self._key_in_arguments = any(map(self._assignment.secret.appears_in, command_lines))

    def result(self, end: ProcessEnd) -> DriverResult:
        """Return what the driver observed."""
        exit_status, killed = end
        secret, contents = self._assignment.secret, map(_read_file, _files(self._state))
        leaks = {
            "stdout": self._stdout.leaked,
            "stderr": self._stderr.leaked,
            "argv": self._key_in_arguments,
            "state": any(map(secret.appears_in, contents)),
        }
        return DriverResult(
            exit=exit_status,
            killed=killed,
            outcome=parse_outcome(self._stdout.text()),
            output=self._output(),
            leaks=tuple(name for name, leaked in leaks.items() if leaked),
            facts=self._facts(),
            passed_fields=self._driver.mappings.passed_fields,
        )

    def _output(self) -> Output:
        chunks = self._stdout.chunks(MAX_OUTPUT) + self._stderr.chunks(MAX_OUTPUT)
        return tuple(sorted(chunks, key=lambda chunk: chunk.seconds))

    def _facts(self) -> dict[str, object]:
        restarted = {} if self._restarted_at is None else {"restarted": self._restarted_at}
        return {**restarted, **_download_facts(self._assignment.job)}


def _may_restart(case_server: CaseServer, place: str) -> bool:
    """Return whether the client received a response, and had time to store what it contains."""
    exchanges = case_server.exchanges()
    ends = [
        exchange.ended
        for exchange in exchanges
        if exchange.place == place and exchange.ended is not None
    ]
    if not ends:
        return False
    # A client that sends its next request has finished with the response before it.
    return case_server.elapsed_seconds() - ends[0] > RESTART_DELAY or exchanges[-1].seen > ends[0]


def _files(state: Path) -> Iterator[Path]:
    """Yield the files that a client left in its state directory, at most `MAX_FILES`."""
    # A symbolic link may lead out of the directory, to files that are not the client's.
    files = (path for path in sorted(state.rglob("*")) if path.is_file() and not path.is_symlink())
    return islice(files, MAX_FILES)


def _read_file(path: Path) -> bytes:
    """Return the beginning of a file; nothing if the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except OSError:
        return b""


def _download_facts(job: Mapping[str, Any]) -> dict[str, object]:
    """Return the digest of the downloaded file, if the job is a download."""
    if "download_to" not in job:
        return {}
    path = Path(job["download_to"])
    digest = hashlib.sha256(_read_file(path)).hexdigest() if path.is_file() else None
    return {"downloaded_sha256": digest}
