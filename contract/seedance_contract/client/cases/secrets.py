"""SEC: where a client lets its key go."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import key_stays, key_stays_at
from seedance_contract.client.record import Record
from seedance_contract.client.scene import Scene, Unexercised, group, info, must, should
from seedance_contract.client.traffic import (
    abroad,
    accepted,
    completion,
    created,
    sent_body,
    struck,
)
from seedance_contract.declared.sources import page

GROUP = "SEC Secrets and origins"

OUTCOME_LINE = '"kit"'
"""What only lines have in which a client reports its outcome, where URLs belong."""


def _refused_or_bare(record: Record) -> None:
    accepted(record)
    key_stays(record)


def _redirected(place: str) -> Any:
    def judge(record: Record) -> None:
        struck(record, place)
        key_stays(record)

    return judge


def _prompt_stays(record: Record) -> None:
    struck(record, "create")
    if any(one.place == "create" and sent_body(one).get("prompt") for one in abroad(record)):
        raise Mismatch(expected="no prompt at another origin", actual="the prompt")


def _is_process(record: Record) -> None:
    if record.exit is None and not record.killed:
        raise Unexercised("the client is no process that could be looked at")


def _no_leak(record: Record) -> None:
    _is_process(record)
    created(record)
    if record.leaks:
        raise Mismatch(expected="the key nowhere", actual=f"in {', '.join(record.leaks)}")


def _printed(record: Record) -> str:
    """Return what a client printed apart from its outcome. Raises Unexercised if unknown."""
    _is_process(record)
    return "\n".join(line for line in record.output.splitlines() if OUTCOME_LINE not in line)


def _no_prompt_printed(record: Record) -> None:
    prompts = [sent_body(one).get("prompt") for one in created(record)]
    if any(isinstance(prompt, str) and prompt in _printed(record) for prompt in prompts):
        raise Mismatch(expected="no prompt in what is printed", actual="the whole prompt")


def _no_link_printed(record: Record) -> None:
    link = completion(record).get("video_url")
    if isinstance(link, str) and link in _printed(record):
        raise Mismatch(expected="no signed URL in what is printed", actual="one")


scene = group(GROUP)

KEYS = page("authentication")
DOWNLOAD = {"action": "download"}
THEN = "clock-polls after-1polls"


def _led_away(
    name: str, script: str, requirement: str, level: Level = Level.MUST, **choices: bool
) -> Scene:
    """Return a case in which polls are redirected."""
    return scene(
        name,
        level,
        requirement,
        page("authentication, observability"),
        f"{script} clock-polls after-2polls",
        must("key-stays", "The key does not follow the redirect.", _redirected("poll")),
        **choices,
    )


def _strange_url(name: str, form: str, requirement: str, **choices: bool) -> Scene:
    """Return a case in which poll_url leads to another origin, or nowhere."""
    return scene(
        name,
        Level.MUST,
        requirement,
        KEYS,
        f"at-{form} {THEN}",
        must("key-stays", "The URL is refused, or gets no key.", _refused_or_bare),
        **choices,
    )


SCENES = (
    scene(
        "SEC-01",
        Level.MUST,
        "A result on another host is fetched without the key.",
        page("authentication, observability"),
        f"files-host {THEN}",
        must("key-stays", "The other host gets no key.", key_stays_at("host")),
        job=DOWNLOAD,
        core=True,
        safe=True,
    ),
    scene(
        "SEC-02",
        Level.MUST,
        "A result that has moved to a third host is fetched without the key.",
        page("observability"),
        f"files-host asset-found to-third {THEN}",
        must("key-stays", "Neither host gets the key.", key_stays_at("third")),
        job=DOWNLOAD,
        core=True,
        safe=True,
    ),
    _strange_url(
        "SEC-03", "foreign", "A poll_url on another host never gets the key.", core=True, safe=True
    ),
    _led_away(
        "SEC-04",
        "poll-redirect",
        "A poll that is redirected to another host leaves the key behind.",
        core=True,
        safe=True,
    ),
    _led_away(
        "SEC-04-found",
        "poll-found",
        "That holds for a 302, too.",
        core=True,
        safe=True,
    ),
    _led_away(
        "SEC-05",
        "poll-redirect to-port",
        "A poll that is redirected to another port leaves the key behind.",
        Level.SHOULD,
    ),
    scene(
        "SEC-06",
        Level.MUST,
        "A create that is redirected to another host leaves the key behind.",
        page("authentication, best-practices"),
        f"create-redirect {THEN}",
        must("key-stays", "The key does not follow the redirect.", _redirected("create")),
        should("prompt-stays", "Neither does the prompt.", _prompt_stays),
        core=True,
        safe=True,
    ),
    scene(
        "SEC-07",
        Level.MUST,
        "The key is in no output, no argument and no file.",
        page("observability, error-handling"),
        "clock-polls after-2polls poll-500",
        must("no-leak", "The key is nowhere to be found.", _no_leak),
        core=True,
        safe=True,
    ),
    scene(
        "SEC-08",
        Level.SHOULD,
        "Prompts and signed URLs are not written into logs.",
        page("observability"),
        "clock-polls after-2polls poll-500",
        should("no-prompt", "The prompt is not printed.", _no_prompt_printed),
        info("no-link", "The URL is not printed beside the outcome.", _no_link_printed),
    ),
    _strange_url("SEC-09", "userinfo", "A poll_url with a user's name never gets the key."),
    _strange_url("SEC-09-file", "file", "A poll_url of a file never gets the key."),
    _strange_url("SEC-09-slashes", "slashes", "A poll_url of another host never gets the key."),
)
