"""DL: whether a client saves the file that the API serves."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import ONE_CREATE, min_gap
from seedance_contract.client.client_case import (
    ACTION,
    ClientCase,
    ClientCheck,
    NotExercised,
    group,
    must,
    should,
)
from seedance_contract.client.invariants.outcomes import SAVED_DIGEST, SERVED_DIGEST
from seedance_contract.client.job_fields import require_known, require_time_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    completed_task,
    exchanges_after,
    faulted_requests,
    reports_success,
)
from seedance_contract.declared.sources import Source, page, standard

GROUP = Group(name="downloads", prefix="DL", title="Downloads")

case = group(GROUP)


def _sent_downloads(record: Record) -> list[RecordedExchange]:
    if not (downloads := record.exchanges_at("asset")):
        raise NotExercised("the client downloaded nothing")
    return downloads


def _check_query_kept(record: Record) -> None:
    url = completed_task(record).get("video_url")
    if not isinstance(url, str):
        raise NotExercised("the completed task had no video_url")
    target = "/" + url.partition("://")[2].partition("/")[2]
    if not any(download.target == target for download in _sent_downloads(record)):
        raise Mismatch(expected="the URL byte for byte", actual="another URL")


def _is_whole(record: Record) -> bool:
    """Return whether the client saved the whole file. Raises NotExercised if it is unknown."""
    require_known(record, "download_to")
    if SERVED_DIGEST not in record.facts or SAVED_DIGEST not in record.facts:
        raise NotExercised("the files of the client are not known")
    return bool(record.facts[SERVED_DIGEST] == record.facts[SAVED_DIGEST])


def _check_file_whole(record: Record) -> None:
    _sent_downloads(record)
    if not _is_whole(record):
        raise Mismatch(expected="the file as it was served", actual="another file, or none")


def _check_cut_noticed(record: Record) -> None:
    first = faulted_requests(record, "asset")[0]
    repeated = any(exchange.place == "asset" for exchange in exchanges_after(record, first))
    if reports_success(record) and not repeated:
        raise Mismatch(expected="another request, or a failure", actual="a success")


def _check_not_appended(record: Record) -> None:
    # A server may ignore Range and send the whole file with status 200 instead of 206.
    range_requests = [download for download in _sent_downloads(record) if download.header("range")]
    if not any(download.status == 200 for download in range_requests):
        raise NotExercised("the client did not request a part of the file")
    if reports_success(record) and not _is_whole(record):
        raise Mismatch(expected="the file as it was served", actual="another file")


def _check_requests_new_link(record: Record) -> None:
    first = faulted_requests(record, "asset")[0]
    if not any(exchange.place == "poll" for exchange in exchanges_after(record, first)):
        require_time_known(record)
        raise Mismatch(expected="a poll for another link", actual="none")


def _check_tries_again(record: Record) -> None:
    gets = [download for download in faulted_requests(record, "asset") if download.method == "GET"]
    if not gets:
        raise Mismatch(expected="a GET of the file", actual="none")
    later = exchanges_after(record, gets[0])
    if not any(exchange.method == "GET" and exchange.place == "asset" for exchange in later):
        require_time_known(record)
        raise Mismatch(expected="another GET of the file", actual="none")


def _download(
    case_id: str,
    level: Level,
    requirement: str,
    source: Source,
    script: str,
    *checks: ClientCheck,
    **options: Any,
) -> ClientCase:
    """Return a case in which the client generates a video and downloads it."""
    return case(
        case_id,
        level,
        requirement,
        source,
        f"clock-polls after-1polls {script}".strip(),
        *checks,
        job={"action": "download"},
        needs=ACTION,
        **options,
    )


CASES = (
    _download(
        "DL-01",
        Level.MUST,
        "The client uses the signed URL unchanged and saves the file as it was served.",
        page("observability"),
        "",
        must("query-kept", "The client requests the URL byte for byte.", _check_query_kept),
        must("file-whole", "The saved file equals the served file.", _check_file_whole),
        core=True,
        cause="download-damaged",
    ),
    # RFC 9112, section 8: a message is incomplete if fewer bytes arrive than Content-Length says.
    _download(
        "DL-02",
        Level.MUST,
        "The client does not report a truncated download as a success.",
        standard("RFC 9112, 8"),
        "asset-cut",
        must(
            "cut-noticed",
            "The client resumes the download, restarts it, or reports a failure.",
            _check_cut_noticed,
        ),
        core=True,
        cause="download-damaged",
    ),
    # The first response is cut. If the client then sends Range, the server ignores it and returns
    # the whole file with status 200, as RFC 9110, section 14.2 allows.
    _download(
        "DL-03",
        Level.MUST,
        "The client never appends a whole file to a part of it.",
        standard("RFC 9110, 14.2"),
        "asset-cut download-whole",
        must("not-appended", "The saved file equals the served file.", _check_not_appended),
        cause="download-damaged",
    ),
    _download(
        "DL-04",
        Level.SHOULD,
        "The client replaces an expired link by polling the task again.",
        page("async-jobs-polling"),
        "asset-403",
        should(
            "requests-new-link",
            "The client polls the task for another link.",
            _check_requests_new_link,
            cause="download-abandoned",
        ),
        ONE_CREATE,
        cause="paid-again",
    ),
    # HEAD receives a 405, so a client that asks for the size first has to continue without it.
    _download(
        "DL-05",
        Level.SHOULD,
        "The client repeats a download that fails temporarily, with GET and not with HEAD.",
        page("error-handling"),
        "asset-503x2 retry-1s download-get",
        should(
            "tries-again",
            "The client requests the file again with GET.",
            _check_tries_again,
            timed=True,
        ),
        should(
            "backs-off",
            "The client waits at least 1 s before its next request.",
            min_gap("asset", 1.0),
            timed=True,
        ),
        cause="download-abandoned",
    ),
)
