"""A bad habit of a client."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_client import Client


@dataclass(frozen=True, slots=True)
class Habit:
    """A bad habit: its switch on the command line, what it does, and the client that has it."""

    switch: str
    description: str
    client_class: type[Client]
