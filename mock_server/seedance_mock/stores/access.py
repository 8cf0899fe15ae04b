"""What a store is opened for, and what follows from that."""

from __future__ import annotations

from enum import Enum


class Access(Enum):
    """What a store is opened for."""

    SERVE = "serve"
    """By a server, which creates the store if there is none, and evicts what is too much."""

    JOIN = "join"
    """By a worker of a server that has opened the store before.

    A file that is gone since then is not created again: other workers may still have the old one.
    """

    READ = "read"
    """By a command that changes nothing."""

    CLEAR = "clear"
    """By a command that empties the store."""

    LOAD = "load"
    """By a command that imports, and creates the store if there is none."""

    @property
    def must_exist(self) -> bool:
        """Return whether there must be a store already."""
        return self in (Access.READ, Access.CLEAR)

    @property
    def file_must_exist(self) -> bool:
        """Return whether there must be a file already, if the store is one."""
        return self is Access.JOIN or self.must_exist

    @property
    def replaces_other_version(self) -> bool:
        """Return whether a store of another version of this program is emptied, not refused."""
        return self is Access.CLEAR

    @property
    def accepts_unfinished_import(self) -> bool:
        """Return whether a store may have a part of an import that has not ended."""
        return self in (Access.JOIN, Access.CLEAR, Access.LOAD)

    @property
    def evicts(self) -> bool:
        """Return whether tasks and accounts beyond `max_tasks` are deleted.

        Commands do not know which bound the servers of the store have.
        """
        return self in (Access.SERVE, Access.JOIN)
