"""DL: whether what a client saves is what was made."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import ONE_CREATE, waits
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.scene import ACTION, Scene, Unexercised, group, must, should
from seedance_contract.client.traffic import completion, following, struck, success
from seedance_contract.declared.sources import page, standard

GROUP = "DL Downloads"

SERVED = "asset_sha256"
"""The fact that holds the SHA-256 of the file that was to be downloaded, in hexadecimal."""

SAVED = "downloaded_sha256"
"""The fact that holds the same of the file that the client has saved, None where it has none."""


def _downloads(record: Record) -> list[Exchange]:
    if not (found := record.at("asset")):
        raise Unexercised("the client downloaded nothing")
    return found


def _query_kept(record: Record) -> None:
    wanted = completion(record).get("video_url")
    if not isinstance(wanted, str):
        raise Unexercised("the client was given no video_url")
    path = "/" + wanted.partition("://")[2].partition("/")[2]
    if not any(one.target == path for one in _downloads(record)):
        raise Mismatch(expected="the URL byte for byte", actual="another")


def _whole(record: Record) -> bool:
    """Tell whether the client has the file. Raises Unexercised where nobody knows."""
    if SERVED not in record.facts or SAVED not in record.facts:
        raise Unexercised("the files of the client are not known")
    return bool(record.facts[SERVED] == record.facts[SAVED])


def _file_whole(record: Record) -> None:
    _downloads(record)
    if not _whole(record):
        raise Mismatch(expected="the file as it was served", actual="another, or none")


def _cut_noticed(record: Record) -> None:
    first = struck(record, "asset")[0]
    again = any(one.place == "asset" for one in following(record, first))
    if success(record) and not again:
        raise Mismatch(expected="another request, or a failure", actual="a success")


def _not_appended(record: Record) -> None:
    ranged = [one for one in _downloads(record) if one.header("range")]
    if not any(one.status == 200 for one in ranged):
        raise Unexercised("the client did not ask for a part of the file")
    if success(record) and not _whole(record):
        raise Mismatch(expected="the file as it was served", actual="another")


def _asks_for_a_link(record: Record) -> None:
    first = struck(record, "asset")[0]
    if not any(one.place == "poll" for one in following(record, first)):
        raise Mismatch(expected="a poll for another link", actual="none")


def _tries_again(record: Record) -> None:
    gets = [one for one in struck(record, "asset") if one.method == "GET"]
    if not gets:
        raise Mismatch(expected="a GET of the file", actual="none")
    if not any(one.method == "GET" and one.place == "asset" for one in following(record, gets[0])):
        raise Mismatch(expected="another GET of the file", actual="none")


scene = group(GROUP)

EXPIRED = page("async-jobs-polling")


def _download(
    name: str,
    level: Level,
    requirement: str,
    source: Any,
    script: str,
    *checks: Any,
    **choices: Any,
) -> Scene:
    return scene(
        name,
        level,
        requirement,
        source,
        f"clock-polls after-1polls {script}".strip(),
        *checks,
        job={"action": "download"},
        needs=ACTION,
        **choices,
    )


SCENES = (
    _download(
        "DL-01",
        Level.MUST,
        "The signed URL is used as given, and the file saved as served.",
        page("observability"),
        "",
        must("query-kept", "The URL is asked for byte for byte.", _query_kept),
        must("file-whole", "The file is the one that was served.", _file_whole),
        core=True,
    ),
    _download(
        "DL-02",
        Level.MUST,
        "A download that was cut short is no success.",
        standard("RFC 9112, 8"),
        "asset-cut",
        must("cut-noticed", "It is resumed, begun again, or called a failure.", _cut_noticed),
        core=True,
    ),
    _download(
        "DL-03",
        Level.MUST,
        "A whole file is never appended to a part of it.",
        standard("RFC 9110, 14.2"),
        "asset-cut download-whole",
        must("not-appended", "The file is not spoilt.", _not_appended),
    ),
    _download(
        "DL-04",
        Level.SHOULD,
        "A link that has expired is replaced by asking for the task.",
        EXPIRED,
        "asset-403",
        should("asks-for-a-link", "The task is polled for another link.", _asks_for_a_link),
        ONE_CREATE,
    ),
    _download(
        "DL-05",
        Level.SHOULD,
        "A download that fails for a moment is tried again, without HEAD.",
        page("error-handling"),
        "asset-503x2 retry-1s download-get",
        should("tries-again", "The file is asked for again.", _tries_again, timed=True),
        should("backs-off", "The next request waits 1 s.", waits("asset", 1.0), timed=True),
    ),
)
