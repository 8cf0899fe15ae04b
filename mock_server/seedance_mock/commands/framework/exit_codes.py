"""The exit codes of all commands, and what each means. The documentation is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class ExitCode(IntEnum):
    """An exit code. It means the same for every command."""

    # Nothing but a negative verdict may end with 1. Python, click and shells use 1 for any other
    # trouble too, and a CI job would take that for a client or a server that does not conform.
    POSITIVE = 0
    NEGATIVE = 1
    WRONG_USAGE = 2
    NO_RESULT = 3
    INTERRUPTED = 130
    BROKEN_PIPE = 141


EXIT_CODE_MEANINGS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.POSITIVE: "success; a check has passed",
        ExitCode.NEGATIVE: "a negative verdict, and nothing else",
        ExitCode.WRONG_USAGE: "wrong usage: an option, an argument, a file that cannot be read, a"
        " missing extra",
        ExitCode.NO_RESULT: "no result: the command could not do its work, or not write its output",
        ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
        ExitCode.BROKEN_PIPE: "the reader of the output has gone",
    }
)
"""What each exit code means for every command."""

EXIT_CODES_OF_COMMANDS: Mapping[str, Mapping[ExitCode, str]] = MappingProxyType(
    {
        "check-client": {
            ExitCode.POSITIVE: "the client conforms",
            ExitCode.NEGATIVE: "a MUST failed, or an entry of the baseline is stale",
            ExitCode.NO_RESULT: "the client sent no request, the kit could not work, or a report"
            " could not be written",
            ExitCode.INTERRUPTED: "Ctrl-C or SIGTERM; the reports are partial",
        },
        "check-request": {
            ExitCode.POSITIVE: "the request is accepted",
            ExitCode.NEGATIVE: "the request is refused",
        },
        "check-server": {
            ExitCode.POSITIVE: "the server conforms",
            ExitCode.NEGATIVE: "a MUST failed",
            ExitCode.NO_RESULT: "the server cannot be reached, or a report could not be written",
            ExitCode.INTERRUPTED: "Ctrl-C or SIGTERM; the reports are partial",
        },
        "diff": {
            ExitCode.POSITIVE: "no case is worse",
            ExitCode.NEGATIVE: "a case is worse",
        },
        "drift": {
            ExitCode.POSITIVE: "no new difference",
            ExitCode.NEGATIVE: "a new difference",
        },
        "serve": {
            ExitCode.POSITIVE: "the server was stopped",
            ExitCode.NO_RESULT: "the address cannot be bound, or the ready line cannot be written",
        },
    }
)
"""What an exit code means in particular, by the name of the command."""
