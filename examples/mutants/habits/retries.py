"""Habits of sending a request again: when it is not allowed, too soon, or several at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http.client import IncompleteRead, RemoteDisconnected

from habits.habit import Habit
from seedance_client import JSON, Client, Response, SeedanceError, Task, TransportError, Video

Outcome = Response | TransportError
Condition = Callable[[Outcome], bool]
"""Whether to send a request again after this outcome."""


def has_status(*codes: int) -> Condition:
    """Return a condition that matches responses with these status codes."""
    return lambda outcome: isinstance(outcome, Response) and outcome.status in codes


def was_reset(outcome: Outcome) -> bool:
    """Return whether the connection was reset (RST), not closed (FIN)."""
    cause = outcome.__cause__ if isinstance(outcome, TransportError) else None
    # RemoteDisconnected is a subclass of ConnectionResetError.
    return isinstance(cause, ConnectionResetError) and not isinstance(cause, RemoteDisconnected)


def was_closed(outcome: Outcome) -> bool:
    """Return whether the connection was closed without a response."""
    return isinstance(outcome, TransportError) and isinstance(outcome.__cause__, RemoteDisconnected)


def timed_out(outcome: Outcome) -> bool:
    """Return whether no response was received in time."""
    return isinstance(outcome, TransportError) and isinstance(outcome.__cause__, TimeoutError)


def was_incomplete(outcome: Outcome) -> bool:
    """Return whether the response ended in the middle."""
    if isinstance(outcome, TransportError):
        # The client raises TransportError with a message if it finds an incomplete body itself.
        return isinstance(outcome.__cause__, IncompleteRead) or bool(outcome.args)
    return outcome.status == 200 and outcome.data is None


def resends(
    retried_method: str, condition: Condition, times: int = 2, pause: float = 0.2
) -> type[Client]:
    """Return a client that sends requests with this method again if `condition` matches."""

    class Resends(Client):
        def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
            for _ in range(times):
                outcome: Outcome
                try:
                    outcome = super().send(method, path, body, deadline)
                except TransportError as error:
                    outcome = error
                if method != retried_method or not condition(outcome):
                    break
                self.sleep(pause)
            else:
                return super().send(method, path, body, deadline)
            if isinstance(outcome, TransportError):
                raise outcome
            return outcome

    return Resends


class SendsCreateTwice(Client):
    """Sends every create twice, whatever the first response is."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        try:
            return super().send(method, path, body, deadline)
        finally:
            if method == "POST":
                with suppress(TransportError):
                    super().send(method, path, body, deadline)


class RepeatsSlowCreate(Client):
    """Sends a create again if there is no response after 5 s."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        if method != "POST":
            return super().send(method, path, body, deadline)
        timeout, self.timeout = self.timeout, 5.0
        try:
            return super().send(method, path, body, deadline)
        except TransportError:
            self.timeout = timeout
            return super().send(method, path, body, deadline)
        finally:
            self.timeout = timeout


class WaitsForever(Client):
    """Waits for a response without a limit."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        self.timeout = 86_400.0
        return super().send(method, path, body, float("inf"))


class CreatesAfterFailure(Client):
    """Creates another video after a task has failed."""

    def generate(self, request: JSON, state_file: object = None) -> Video:
        try:
            return self.wait(self.create(request))
        except SeedanceError as error:
            if error.outcome != "failed":
                raise
            return self.wait(self.create(request))


class CreatesAfterPollError(Client):
    """Creates another video after a poll has failed."""

    max_poll_failures = 1

    def generate(self, request: JSON, state_file: object = None) -> Video:
        try:
            return self.wait(self.create(request))
        except SeedanceError as error:
            if error.code != "lookup_failed":
                raise
            return self.wait(self.create(request))


class KeepsNoState(Client):
    """Writes no state file."""

    def create(self, request: JSON, state_file: object = None) -> Task:
        return super().create(request)


class HammersAfter503(Client):
    """Retries a create five times after a 503, almost without a wait."""

    max_create_attempts = 6

    def sleep_with_jitter(self, seconds: float) -> None:
        super().sleep_with_jitter(min(seconds, 0.1))


class HammersAfter429(Client):
    """Retries a create ten times a second after a 429, 49 times."""

    max_create_attempts = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        self.time_limit = 1e9

    def sleep_with_jitter(self, seconds: float) -> None:
        super().sleep_with_jitter(0.1)


class NeverRetries(Client):
    """Never retries a create, even if the API asks for a retry later."""

    max_create_attempts = 1


class RetriesForever(Client):
    """Retries a create every four seconds after a 429, without an end."""

    max_create_attempts = 1_000_000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.time_limit = 1e9

    def sleep_with_jitter(self, seconds: float) -> None:
        super().sleep_with_jitter(4.0)


class RetriesInBursts(Client):
    """Sends five creates without a wait after a 429."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        response = super().send(method, path, body, deadline)
        for _ in range(5 if method == "POST" and response.status == 429 else 0):
            response = super().send(method, path, body, deadline)
        return response


HABITS = (
    Habit("--hedge-create", "sends every create twice", SendsCreateTwice),
    Habit(
        "--hedge-slow-create", "repeats a create without a response after 5 s", RepeatsSlowCreate
    ),
    Habit(
        "--retry-create-on-reset",
        "retries a create after a connection reset",
        resends("POST", was_reset),
    ),
    Habit(
        "--retry-create-on-close",
        "retries a create after a closed connection",
        resends("POST", was_closed),
    ),
    Habit(
        "--retry-create-on-timeout",
        "retries a create after a timeout",
        resends("POST", timed_out, times=1),
    ),
    Habit(
        "--retry-create-on-cut",
        "retries a create after an incomplete response",
        resends("POST", was_incomplete),
    ),
    Habit("--retry-create-on-504", "retries a create after 504", resends("POST", has_status(504))),
    Habit("--retry-create-on-502", "retries a create after 502", resends("POST", has_status(502))),
    Habit("--retry-503-at-once", "retries a create after 503 without a wait", HammersAfter503),
    Habit(
        "--retry-503-anyway",
        "retries a create after 503 that is not retryable",
        resends("POST", has_status(503)),
    ),
    Habit("--no-timeout", "waits for a response without a limit", WaitsForever),
    Habit("--forget-state", "writes no state file", KeepsNoState),
    Habit(
        "--retry-409-at-once",
        "retries a create without a wait while a material is prepared",
        resends("POST", has_status(409), times=5),
    ),
    Habit("--retry-400", "retries a create after 400", resends("POST", has_status(400))),
    Habit("--retry-401", "retries a create after 401", resends("POST", has_status(401))),
    Habit("--retry-402", "retries a create after 402", resends("POST", has_status(402))),
    Habit("--retry-403", "retries a create after 403", resends("POST", has_status(403))),
    Habit("--retry-413", "retries a create after 413", resends("POST", has_status(413))),
    Habit("--burst-after-429", "sends five creates after 429", RetriesInBursts),
    Habit("--never-repeat", "gives up after one 429 or 503", NeverRetries),
    Habit("--repeat-for-ever", "retries a create without an end", RetriesForever),
    Habit(
        "--regenerate-on-failure", "creates another video after a failed task", CreatesAfterFailure
    ),
    Habit(
        "--regenerate-on-poll-error",
        "creates another video after a failed poll",
        CreatesAfterPollError,
    ),
    Habit("--hammer-429", "retries ten times a second after 429", HammersAfter429),
)
