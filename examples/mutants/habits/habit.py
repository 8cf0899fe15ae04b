"""A bad habit of a client."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_client import Client
from seedance_v3_client import V3Client


@dataclass(frozen=True, slots=True)
class Habit:
    """A bad habit: its switch on the command line, what it does, and the client that has it."""

    switch: str
    description: str
    client_class: type[Client] | type[V3Client]

    @property
    def dialect(self) -> str:
        """The dialect of the API in whose cases the client has the habit."""
        return "v3" if issubclass(self.client_class, V3Client) else "v1"
