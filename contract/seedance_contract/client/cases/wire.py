"""WIRE: answers that are unusual, and all the same HTTP."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Level
from seedance_contract.client.checks import COMPLETES, ONE_CREATE, POLLS_AGAIN, SUCCEEDS
from seedance_contract.client.scene import EXIT, Scene, group
from seedance_contract.declared.sources import Source, assumed, page, standard

GROUP = "WIRE HTTP"

scene = group(GROUP)

MESSAGES = standard("RFC 9112, 7.1")


def _copes(name: str, script: str, requirement: str, source: Source, **choices: Any) -> Scene:
    """Return a case in which a client has to reach the end, whatever its HTTP looks like."""
    return scene(
        name,
        choices.pop("level", Level.MUST),
        requirement,
        source,
        f"clock-polls after-2polls {script}",
        COMPLETES,
        ONE_CREATE,
        SUCCEEDS,
        needs=EXIT,
        **choices,
    )


def _unreadable(name: str, script: str, requirement: str) -> Scene:
    """Return a case in which one poll cannot be understood."""
    return scene(
        name,
        Level.SHOULD,
        requirement,
        page("best-practices"),
        f"clock-polls after-2polls {script}",
        POLLS_AGAIN,
        COMPLETES,
        SUCCEEDS,
        needs=EXIT,
        core=True,
    )


SCENES = (
    _copes(
        "WIRE-01", "any-chunksx0", "Answers may come in chunks of one byte.", MESSAGES, core=True
    ),
    _copes(
        "WIRE-02",
        "create-drip poll-drip",
        "Answers may take some seconds to arrive.",
        standard("RFC 9110, 15"),
        core=True,
    ),
    _copes(
        "WIRE-03",
        "any-closingx0",
        "Answers may each end their connection.",
        standard("RFC 9112, 9.6"),
        core=True,
    ),
    _copes(
        "WIRE-04",
        "create-lapse poll-lapsex0",
        "A connection may end while it is idle.",
        standard("RFC 9112, 9.3.1"),
        core=True,
    ),
    _copes(
        "WIRE-05",
        "shape-large",
        "A task may be large.",
        assumed("how large an answer may be"),
        level=Level.INFO,
    ),
    _copes(
        "WIRE-06",
        "any-earlyx0",
        "An interim answer may come before the final one.",
        standard("RFC 9110, 15.2"),
    ),
    _unreadable("WIRE-07", "poll-cut", "A status that was cut short is asked for again."),
    _unreadable("WIRE-07-empty", "poll-empty", "A status that was empty is asked for again."),
    _copes(
        "WIRE-08",
        "any-charsetx0",
        "Header names have no case, and a content type may have a charset.",
        standard("RFC 9110, 5.1"),
    ),
)
