"""RES: what a client makes of results, and of failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import FAILS, ONE_CREATE
from seedance_contract.client.record import Record
from seedance_contract.client.scene import (
    EXIT,
    OUTCOME,
    Scene,
    Unexercised,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.traffic import completion, end_shown, outcome, said, told
from seedance_contract.declared.sources import Source, openapi, page

GROUP = "RES Results and failures"

URLS = ("video_url", "url")
"""The members under which an answer names files, at whatever depth."""


def _files(value: object) -> Iterator[str]:
    """Yield the URLs of the videos in an answer, each as often as it stands there."""
    if isinstance(value, list):
        for one in value:
            yield from _files(one)
    if isinstance(value, dict):
        for name, member in value.items():
            if name in URLS and isinstance(member, str):
                yield member
            yield from _files(member)


def _reports_files(record: Record) -> None:
    wanted = set(_files(completion(record)))
    reported = set(outcome(record).get("video_urls") or ())
    if not wanted <= reported:
        raise Mismatch(
            expected=f"{len(wanted)} video URLs", actual=f"{len(wanted & reported)} of them"
        )


def _fails_without_file(record: Record) -> None:
    completion(record)
    FAILS.judge(record)


def _failure(record: Record) -> Mapping[str, Any]:
    last = end_shown(record)
    if told(last).get("status") != "failed":
        raise Unexercised("the client never saw the task failed")
    return told(last)


def _reason_told(record: Record) -> None:
    error = _failure(record).get("error")
    reason = str(error.get("message")) if isinstance(error, dict) else str(error)
    if reason not in said(record):
        raise Mismatch(expected=f"the reason {reason!r}", actual="not told")


def _fails(record: Record) -> None:
    _failure(record)
    FAILS.judge(record)


scene = group(GROUP)

ENDS_AS_FAILURE = must(
    "ends-as-failure", "The client does not call the failed task a success.", _fails, timed=True
)
REASON = should("reason-told", "The user is told the reason.", _reason_told)


def _result(name: str, script: str, requirement: str, source: Source, **choices: Any) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        source,
        f"clock-polls after-1polls {script}",
        must("reports-files", "Every URL of the result is reported.", _reports_files),
        needs=OUTCOME,
        core=True,
        **choices,
    )


def _less_known(name: str, script: str, requirement: str) -> Scene:
    return scene(
        name,
        Level.MAY,
        requirement,
        openapi("VideoTaskResponse"),
        f"clock-polls after-1polls {script}",
        info("reports-files", "Every URL of the result is reported.", _reports_files),
        needs=OUTCOME,
    )


def _failed(name: str, script: str, requirement: str, *checks: Any, core: bool) -> Scene:
    return scene(
        name,
        Level.MUST,
        requirement,
        openapi("VideoTaskResponse.error"),
        f"clock-polls after-1polls end-failed {script}",
        ENDS_AS_FAILURE,
        *checks,
        needs=EXIT,
        core=core,
    )


VIDEOS = page("video-generation")

SCENES = (
    _result("RES-01", "out-url", "A result in video_url is found.", VIDEOS),
    _result("RES-02", "out-video", "A result in video.url is found.", VIDEOS),
    _result("RES-03", "out-videos", "Every result in videos is found.", VIDEOS),
    scene(
        "RES-04",
        Level.MUST,
        "A completed task without a file is a failure, and no reason to pay again.",
        page("async-jobs-polling"),
        "clock-polls after-1polls out-none",
        must(
            "ends-as-failure",
            "The client does not call this a success.",
            _fails_without_file,
            timed=True,
        ),
        ONE_CREATE,
        needs=EXIT,
        core=True,
    ),
    _failed("RES-05", "err-string", "An error that is a text is understood.", REASON, core=True),
    _failed("RES-06", "err-rich", "An error that is an object is understood.", REASON, core=True),
    _failed("RES-07", "err-none", "A failed task without an error has failed.", core=False),
    _failed("RES-07-null", "err-null", "A failed task whose error is null has failed.", core=False),
    _less_known("RES-08", "out-content", "A result in content.video_url may be found."),
    _less_known("RES-08-data", "out-data", "A result in data may be found."),
)
