"""Hypothesis strategies of situations. The simplest situation comes first: they shrink towards it.

The words are text, because the contract does not know the mock. A test parses all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from seedance_contract.client.explore.situations import (
    QUICK_INTERVAL,
    Situation,
    request_text,
)
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.derived.strategies import valid_requests

MAX_WORDS = 4
"""The most words of a situation. A fault that needs more of them at once is rare."""

# `+`: the create takes effect although the client cannot know it.
LOST_CREATES = (
    "create-reset+",
    "create-close+",
    "create-504+",
    "create-cut",
    "create-html+",
    "create-empty+",
    "create-500 refusal-bare",
    "create-reset",
    "create-close",
    "create-504",
)
"""Creates whose response proves nothing."""

REFUSED_CREATES = (
    "create-400x0",
    "create-401x0",
    "create-402x0",
    "create-model-not-allowedx0",
    "create-quota-exceededx0",
    "create-413x0",
    "create-create-model-not-foundx0",
    "create-429 retry-never",
    "create-503x0 retry-never",
)
"""Creates that the API refuses for good."""

REPEATED_CREATES = (
    "create-429",
    "create-503",
    "create-429x2",
    "create-503x2",
    "create-429 create-reset+",
    "create-409",
    "create-429 retry-none",
    "create-429 retry-2s",
    "create-429 retry-date",
    "create-429 retry-body",
    "create-429 retry-mixed",
    "create-429 retry-soon",
    "create-429 retry-minus",
)
"""Creates that a client may send again, and when."""

FAILED_POLLS = (
    "poll-503",
    "poll-500",
    "poll-429",
    "poll-reset",
    "poll-close",
    "poll-504",
    "poll-html",
    "poll-429 retry-2s",
    "poll-503 retry-none",
    "poll-503~2",
    "poll-reset~2",
    "poll-cut",
    "poll-empty",
)
"""Polls that fail once, at the first or at a later poll."""

REJECTED_POLLS = (
    "poll-404x0",
    "poll-403x0",
    "poll-401x0",
    "poll-404x0~2",
    "poll-expired-keyx0~2",
)
"""Polls that the API rejects for good."""

ENDS = (
    "end-failed",
    "end-cancelled",
    "end-expired",
    "out-none",
    "end-failed err-object",
    "end-failed err-none",
    "end-failed err-null",
    "after-1polls",
    "after-3polls",
    "after-4polls",
    "status-done queue-0s run-0s",
)
"""How and when the task ends."""

FORMS = (
    "shape-odd",
    "status-queued",
    "progress-lie",
    "progress-real",
    "progress-null",
    "progress-text",
    "progress-over",
    "status-back",
    "out-url",
    "out-video",
    "out-videos",
    "at-query",
    "at-absolute",
    "at-none",
    "id-id",
    "id-task",
    "billing-none",
    "billing-task",
    "refusal-rich",
    "refusal-bare",
    "refusal-swapped",
    "refusal-foreign",
    "any-closingx0",
    "any-chunksx0",
    "any-charsetx0",
    "create-lapse",
    "poll-lapsex0",
    "catalogue-less",
)
"""Unusual forms of responses that a client has to accept."""

OTHER_ORIGINS = (
    "at-foreign",
    "at-userinfo",
    "at-file",
    "at-slashes",
    "poll-redirect",
    "poll-found",
    "create-redirect",
    "create-found",
    "poll-redirect to-third",
    "poll-redirect to-port",
)
"""Responses that lead a client away from the API."""

ENDLESS = (
    "end-never",
    "poll-503x0",
    "create-429x0",
    "create-503x0",
    "create-hang+",
    "create-429x0 retry-none",
    "poll-503x0 retry-none",
    "create-429x0 retry-86400s",
    "create-delay delay-6s",
)
"""Situations in which a client waits for its deadline, or for a late response."""

CANCELS = (
    "cancel-409x0",
    "cancel-400x0",
    "cancel-403x0",
    "cancel-404x0",
    "cancel-reset+",
    "cancel-503",
    "after-3polls",
)
"""What happens to a cancel."""

DOWNLOADS = (
    "files-host",
    "asset-cut",
    "asset-503",
    "asset-403",
    "asset-503x2",
    "asset-cut download-whole",
    "download-get",
    "files-host asset-found to-third",
)
"""What happens to a download."""

COMMON_WORDS = (
    *LOST_CREATES,
    *FAILED_POLLS,
    *REPEATED_CREATES,
    *ENDS,
    *REFUSED_CREATES,
    *FORMS,
    *REJECTED_POLLS,
    *OTHER_ORIGINS,
)
"""The words of all jobs. What costs money if a client gets it wrong comes first."""

# The words of cancels and downloads stand here several times, so that half of the draws are theirs.
WORDS: Mapping[str, tuple[str, ...]] = {
    "generate": (*COMMON_WORDS, *ENDLESS),
    "cancel": (*CANCELS * 12, *COMMON_WORDS),
    "download": (*DOWNLOADS * 12, *COMMON_WORDS),
}
"""The words for each action, each as likely as the others."""

ACTIONS = ("generate",) * 6 + ("cancel", "download")
RARELY = st.sampled_from((False,) * 5 + (True,))
"""Decides whether a situation has words in the prompt."""

# Without poll-503: it asks for a wait of 30 s, and the wait in the words of the key does not apply.
PROMPT_WORDS = st.sampled_from((*ENDS[:6], *FAILED_POLLS[1:5]))
"""Words that may stand in a prompt: they concern one task."""


def all_words() -> tuple[str, ...]:
    """Return every word of the strategies, for tests."""
    return tuple(dict.fromkeys(word for words in WORDS.values() for word in words))


@st.composite
def requests(draw: st.DrawFn) -> str:
    """Members of the create request: those of a valid request, in canonical names."""
    parsed = parse_body(draw(valid_requests()))
    assert parsed.operation is not None
    # The default request has fields that this one may lack, so the operation must be explicit. The
    # prompt stays: it carries the marker of the run, and may not contain words by accident.
    members: dict[str, Any] = {**parsed.body, "operation": parsed.operation.name}
    members.pop("prompt", None)
    return request_text(members)


# Made once: Hypothesis validates a new strategy at its first draw, which takes longer than to draw.
@cache
def _word_lists(action: str, max_words: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(WORDS[action]), max_size=max_words, unique_by=_subject)


@st.composite
def situations(
    draw: st.DrawFn,
    max_words: int = MAX_WORDS,
    intervals: Sequence[float] = (QUICK_INTERVAL,),
    restarts: Sequence[bool] = (False,),
    own_requests: Sequence[bool] = (False,),
) -> Situation:
    """Situations with at most `max_words` entries of `WORDS`, the plain one first.

    Args:
        draw: draws from a strategy.
        max_words: the most entries.
        intervals: the polling intervals to draw, in seconds.
        restarts: whether to restart the client, to draw from.
        own_requests: whether the job has a request of its own, to draw from.
    """
    action = draw(st.sampled_from(ACTIONS))
    words = draw(_word_lists(action, max_words))
    prompt_words = draw(PROMPT_WORDS) if draw(RARELY) else ""
    return Situation(
        words=tuple(part for entry in words for part in entry.split()),
        prompt_words=tuple(prompt_words.split()),
        action=action,
        request=draw(requests()) if draw(st.sampled_from(own_requests)) else "{}",
        poll_interval=draw(st.sampled_from(intervals)),
        restart=action == "generate" and draw(st.sampled_from(restarts)),
    )


def _subject(entry: str) -> str:
    """Return what an entry is about: a second setting of the same name would replace the first."""
    name, _, value = entry.partition(" ")[0].partition("-")
    is_fault = name in ("create", "poll", "cancel", "asset", "any")
    return f"{name}-{value}" if is_fault else name
