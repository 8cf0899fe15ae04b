"""WIRE: whether a client understands responses that are unusual but valid HTTP."""

from __future__ import annotations

from seedance_contract.case import Group, Level
from seedance_contract.client.checks import (
    ENDS_AS_SUCCESS,
    ONE_CREATE,
    REACHES_THE_END,
    REPEATS_POLL,
)
from seedance_contract.client.client_case import EXIT, ClientCase, group
from seedance_contract.declared.sources import Source, assumed, page, standard

GROUP = Group(name="wire", prefix="WIRE", title="HTTP")

case = group(GROUP)

CHUNKING = standard("RFC 9112, 7.1")


def _unusual_response(
    case_id: str,
    script: str,
    requirement: str,
    source: Source,
    *,
    level: Level = Level.MUST,
    core: bool = False,
    cause: str = "http-assumptions",
) -> ClientCase:
    """Return a case in which a client has to complete its job despite unusual responses."""
    return case(
        case_id,
        level,
        requirement,
        source,
        f"clock-polls after-2polls {script}",
        REACHES_THE_END,
        ONE_CREATE,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=core,
        cause=cause,
    )


def _unreadable_poll(case_id: str, script: str, requirement: str) -> ClientCase:
    """Return a case in which the response to one poll is incomplete."""
    return case(
        case_id,
        Level.SHOULD,
        requirement,
        page("best-practices"),
        f"clock-polls after-2polls {script}",
        REPEATS_POLL,
        REACHES_THE_END,
        ENDS_AS_SUCCESS,
        needs=EXIT,
        core=True,
        cause="failed-poll-taken-for-failure",
    )


CASES = (
    _unusual_response(
        "WIRE-01",
        "any-chunksx0",
        "The client accepts responses in chunks of one byte.",
        CHUNKING,
        core=True,
    ),
    _unusual_response(
        "WIRE-02",
        "create-drip poll-drip",
        "The client accepts responses that take several seconds to arrive.",
        standard("RFC 9110, 15"),
        core=True,
    ),
    # `Connection: close`: the next request needs a new connection.
    _unusual_response(
        "WIRE-03",
        "any-closingx0",
        "The client accepts responses that end their connection.",
        standard("RFC 9112, 9.6"),
        core=True,
    ),
    # The server closes the connection after the response without notice, so a client that reuses it
    # meets its end with the next request.
    _unusual_response(
        "WIRE-04",
        "create-lapse poll-lapsex0",
        "The client tolerates the end of an idle connection.",
        standard("RFC 9112, 9.3.1"),
        core=True,
    ),
    # No document states the largest size of a response, so the case cannot require anything.
    _unusual_response(
        "WIRE-05",
        "shape-large",
        "The client accepts a task of more than 2 MB.",
        assumed("how large an answer may be"),
        level=Level.INFO,
    ),
    # 103 Early Hints. RFC 9110, section 15.2: a client must accept interim responses. It is only a
    # SHOULD here, because the API is not known to send any, and clients cannot change it: Python's
    # http.client, and so urllib, urllib3 and requests, take the 103 for the response (3.8 to 3.13).
    _unusual_response(
        "WIRE-06",
        "any-earlyx0",
        "The client accepts an interim response before the final one.",
        standard("RFC 9110, 15.2"),
        level=Level.SHOULD,
        cause="interim-response",
    ),
    _unreadable_poll(
        "WIRE-07", "poll-cut", "The client repeats a poll whose response is truncated."
    ),
    _unreadable_poll(
        "WIRE-07-empty", "poll-empty", "The client repeats a poll whose response is empty."
    ),
    _unusual_response(
        "WIRE-08",
        "any-charsetx0",
        "The client ignores the case of header names and accepts a charset in Content-Type.",
        standard("RFC 9110, 5.1"),
    ),
)
