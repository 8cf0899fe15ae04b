"""The public names for tests in Python.

    from seedance_mock.testing import MockRouter, live_server

A name is loaded when it is used for the first time. pytest imports this package in every run of
everyone who has seedance-mock installed, because the plugin is a module of it; and `MockRouter`
and the two transports need a library that an extra installs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedance_mock.domain.clock import ManualClock
    from seedance_mock.service.journal.entries import JournalEntry
    from seedance_mock.settings import Settings
    from seedance_mock.testing.assertions import (
        assert_creates,
        assert_no_create,
        assert_no_findings,
        assert_no_poll_after_end,
        assert_polls_apart,
    )
    from seedance_mock.testing.check_verdicts import CheckVerdict
    from seedance_mock.testing.control_client import (
        AccountState,
        AsyncControl,
        Control,
        ControlError,
        RequestDetails,
    )
    from seedance_mock.testing.fixtures import (
        AccountChecks,
        AccountClock,
        AccountJournal,
        MockAccount,
        new_key,
    )
    from seedance_mock.testing.in_process import InProcess, UnexpectedHost
    from seedance_mock.testing.live import LiveServer, live_server
    from seedance_mock.testing.respx_router import MockRouter
    from seedance_mock.testing.transports.httpx2_transport import Httpx2MockTransport
    from seedance_mock.testing.transports.httpx_transport import MockTransport

# Type checkers read this list and the imports above; the program reads the table below. A test
# compares the three.
__all__ = [
    "AccountChecks",
    "AccountClock",
    "AccountJournal",
    "AccountState",
    "AsyncControl",
    "CheckVerdict",
    "Control",
    "ControlError",
    "Httpx2MockTransport",
    "InProcess",
    "JournalEntry",
    "LiveServer",
    "ManualClock",
    "MockAccount",
    "MockRouter",
    "MockTransport",
    "RequestDetails",
    "Settings",
    "UnexpectedHost",
    "assert_creates",
    "assert_no_create",
    "assert_no_findings",
    "assert_no_poll_after_end",
    "assert_polls_apart",
    "live_server",
    "new_key",
]

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "AccountChecks": "seedance_mock.testing.fixtures",
        "AccountClock": "seedance_mock.testing.fixtures",
        "AccountJournal": "seedance_mock.testing.fixtures",
        "AccountState": "seedance_mock.testing.control_client",
        "AsyncControl": "seedance_mock.testing.control_client",
        "CheckVerdict": "seedance_mock.testing.check_verdicts",
        "Control": "seedance_mock.testing.control_client",
        "ControlError": "seedance_mock.testing.control_client",
        "Httpx2MockTransport": "seedance_mock.testing.transports.httpx2_transport",
        "InProcess": "seedance_mock.testing.in_process",
        "JournalEntry": "seedance_mock.service.journal.entries",
        "LiveServer": "seedance_mock.testing.live",
        "ManualClock": "seedance_mock.domain.clock",
        "MockAccount": "seedance_mock.testing.fixtures",
        "MockRouter": "seedance_mock.testing.respx_router",
        "MockTransport": "seedance_mock.testing.transports.httpx_transport",
        "RequestDetails": "seedance_mock.testing.control_client",
        "Settings": "seedance_mock.settings",
        "UnexpectedHost": "seedance_mock.testing.in_process",
        "assert_creates": "seedance_mock.testing.assertions",
        "assert_no_create": "seedance_mock.testing.assertions",
        "assert_no_findings": "seedance_mock.testing.assertions",
        "assert_no_poll_after_end": "seedance_mock.testing.assertions",
        "assert_polls_apart": "seedance_mock.testing.assertions",
        "live_server": "seedance_mock.testing.live",
        "new_key": "seedance_mock.testing.fixtures",
    }
)
"""The module that defines each public name."""

LIBRARIES: Mapping[str, str] = MappingProxyType(
    {"MockTransport": "httpx", "Httpx2MockTransport": "httpx2", "MockRouter": "httpx respx"}
)
"""The libraries that each of these names needs, as pip takes them."""


def __getattr__(name: str) -> object:
    """Load a public name (PEP 562).

    Raises ModuleNotFoundError with the command that installs what is missing.
    """
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(MODULES[name]), name)
    except ModuleNotFoundError as error:
        if name not in LIBRARIES:
            raise
        # The libraries and not our extra: how an extra is installed depends on where this package
        # came from.
        raise ModuleNotFoundError(
            f"{name} needs {error.name}: pip install {LIBRARIES[name]}", name=error.name
        ) from None
    # Python calls this function only for names that the module does not have yet.
    globals()[name] = value
    return value


# There is no `__dir__` with the names that are not loaded yet: freezegun reads every attribute that
# `dir` lists of every module, and would load all of them in every run that freezes the time.
