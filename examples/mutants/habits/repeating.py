"""Habits of sending a request again, or too soon, or at once twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import IncompleteRead, RemoteDisconnected

from seedance_client import JSON, Answer, Client, Job, Lost, SeedanceError, Video

Judge = Callable[[Answer | Lost], bool]


def status(*codes: int) -> Judge:
    """Judge answers by their status."""
    return lambda told: isinstance(told, Answer) and told.status in codes


def was_reset(told: Answer | Lost) -> bool:
    """Tell a reset connection from one that was closed."""
    cause = told.__cause__ if isinstance(told, Lost) else None
    return isinstance(cause, ConnectionResetError) and not isinstance(cause, RemoteDisconnected)


def was_closed(told: Answer | Lost) -> bool:
    """Recognise a connection that was closed without an answer."""
    return isinstance(told, Lost) and isinstance(told.__cause__, RemoteDisconnected)


def timed_out(told: Answer | Lost) -> bool:
    """Recognise an answer that did not come in time."""
    return isinstance(told, Lost) and isinstance(told.__cause__, TimeoutError)


def was_cut(told: Answer | Lost) -> bool:
    """Recognise an answer that ends in the middle."""
    cut = isinstance(told, Lost) and (isinstance(told.__cause__, IncompleteRead) or told.args)
    return bool(cut) or (isinstance(told, Answer) and told.status == 200 and told.data is None)


def resends(method: str, judge: Judge, times: int = 2, pause: float = 0.2) -> type[Client]:
    """Return a client that sends a request again after what `judge` recognises."""

    class Resends(Client):
        def call(self, verb: str, path: str, body: bytes | None, until: float) -> Answer:
            for _ in range(times):
                told: Answer | Lost
                try:
                    told = super().call(verb, path, body, until)
                except Lost as lost:
                    told = lost
                if verb != method or not judge(told):
                    break
                time.sleep(pause)
            else:
                return super().call(verb, path, body, until)
            if isinstance(told, Lost):
                raise told
            return told

    return Resends


class Hedges(Client):
    """Sends every create twice, to be sure."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        try:
            return super().call(method, path, body, until)
        finally:
            if method == "POST":
                with suppress(Lost):
                    super().call(method, path, body, until)


class Impatient(Client):
    """Waits 5 s for the answer to a create, then sends it again."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        if method != "POST":
            return super().call(method, path, body, until)
        patience, self.timeout = self.timeout, 5.0
        try:
            return super().call(method, path, body, until)
        except Lost:
            self.timeout = patience
            return super().call(method, path, body, until)
        finally:
            self.timeout = patience


class NeverGivesUp(Client):
    """Waits for an answer for ever."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        self.timeout = 86_400.0
        return super().call(method, path, body, float("inf"))


class Regenerates(Client):
    """Orders another video where one failed."""

    def generate(self, request: JSON, state: object = None) -> Video:
        try:
            return self.wait(self.create(request))
        except SeedanceError as error:
            if error.outcome != "failed":
                raise
            return self.wait(self.create(request))


class RegeneratesOnLookup(Client):
    """Takes a failed lookup for a lost task, and orders another video."""

    lookup_tries = 1

    def generate(self, request: JSON, state: object = None) -> Video:
        try:
            return self.wait(self.create(request))
        except SeedanceError as error:
            if error.code != "lookup_failed":
                raise
            return self.wait(self.create(request))


class ForgetsState(Client):
    """Keeps no file of its jobs."""

    def create(self, request: JSON, state: object = None) -> Job:
        return super().create(request)


class HurriesAfter503(Client):
    """Sends a create that met a 503 again, five times and without waiting."""

    create_tries = 6

    def rest(self, pause: float) -> None:
        super().rest(min(pause, 0.1))


class DeafToRetryAfter(Client):
    """Repeats after a second, whatever Retry-After says."""

    def rest(self, pause: float) -> None:
        super().rest(min(pause, 1.0))


class HammersAfter429(Client):
    """Repeats a create that met a 429 ten times a second, for three seconds."""

    create_tries = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deadline = 1e9

    def rest(self, pause: float) -> None:
        super().rest(0.1)


class NeverRepeats(Client):
    """Takes every "not now" for a "no"."""

    create_tries = 1


class RepeatsForEver(Client):
    """Repeats a create that met a 429 every four seconds, for longer than anybody waits."""

    create_tries = 1_000_000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deadline = 1e9

    def rest(self, pause: float) -> None:
        super().rest(4.0)


class RepeatsInVolleys(Client):
    """Answers a 429 with five creates."""

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        answer = super().call(method, path, body, until)
        for _ in range(5 if method == "POST" and answer.status == 429 else 0):
            answer = super().call(method, path, body, until)
        return answer
