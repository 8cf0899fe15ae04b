"""What goes wrong with a store outside the memory of the process."""

from __future__ import annotations


class StoreError(Exception):
    """A store cannot be opened. The message says why, and what to do."""


class LoadError(Exception):
    """Records cannot be loaded into a store. The message says why, and what to do."""


class StoreUnavailableError(Exception):
    """A store that was opened cannot be read or written now.

    Nothing of the call was applied. Only a server that has not replied in time may still have
    applied it, as it may any request whose response is lost.
    """
