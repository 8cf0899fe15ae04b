"""What the kit needs from others: a place where clients are put to the test, and a hand for them.

The kit knows these Protocols only. The mock server offers an arena; a driver starts a process,
or waits for a client that a person starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from seedance_contract.client.record import Exchange
from seedance_contract.client.redaction import Secret
from seedance_contract.client.scene import Scene


class Stage(Protocol):
    """The place of one case: its own ports, its own key, its own record of what came."""

    @property
    def base_url(self) -> str:
        """The URL of the API, without what a scene lets follow it."""

    @property
    def secret(self) -> Secret:
        """The API key of the case."""

    def begin(self) -> None:
        """Count the time from now on: the client starts."""

    def seconds(self) -> float:
        """Return the real seconds since the case began."""

    def seen(self) -> int:
        """Return how many requests have begun to come."""

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return what came and what was answered so far, without the key."""

    def facts(self) -> Mapping[str, Any]:
        """Return what only the kit knows of the case."""

    def close(self) -> None:
        """Stop listening."""


class Arena(Protocol):
    """Opens stages."""

    def open(self, scene: Scene, nonce: str, rate: float = 1.0) -> Stage:
        """Return a fresh stage for a scene, whose clock runs at `rate`. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a client is given in one case.

    Args:
        scene: the case.
        base_url: where the API is.
        secret: the API key.
        job: the members of `KIT_JOB`.
        patience: real seconds until the client is stopped.
        rate: how many seconds are to pass for the client in each real one.
    """

    scene: Scene
    base_url: str
    secret: Secret
    job: Mapping[str, Any]
    patience: float
    rate: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a driver saw of a client; see `Record` for its members."""

    exit: int | None = None
    killed: bool = False
    outcome: Mapping[str, Any] | None = None
    output: str = ""
    leaks: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Driver(Protocol):
    """Leads a client through one case."""

    def drive(self, assignment: Assignment, stage: Stage, stop: Event) -> Run:
        """Return what became of the client; end early, without it, once `stop` is set."""
