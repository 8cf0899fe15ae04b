"""SEC: whether a client discloses its API key."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import no_key_sent_to
from seedance_contract.client.client_case import (
    CheckFunction,
    ClientCase,
    group,
    info,
    must,
    should,
)
from seedance_contract.client.invariants.secrets import (
    check_key_not_disclosed,
    check_key_stays_at_origin,
    check_prompt_stays_at_origin,
    require_process,
)
from seedance_contract.client.jobs import SHORT_TASK
from seedance_contract.client.record import Record, output_text
from seedance_contract.client.traffic import (
    accepted_creates,
    completed_task,
    faulted_requests,
    request_body,
    sent_creates,
)
from seedance_contract.declared.sources import page

GROUP = Group(name="secrets", prefix="SEC", title="Secrets and origins")

case = group(GROUP)

KEY_SOURCE = page("authentication")

DOWNLOAD_JOB = {"action": "download"}

OUTCOME_MARKER = '"kit"'
"""A text that only outcome lines contain. URLs belong there."""


def _check_refused_or_without_key(record: Record) -> None:
    accepted_creates(record)
    check_key_stays_at_origin(record)


def _key_stays_after_redirect(place: str) -> CheckFunction:
    def evaluate(record: Record) -> None:
        faulted_requests(record, place)
        check_key_stays_at_origin(record)

    return evaluate


def _check_prompt_stays(record: Record) -> None:
    faulted_requests(record, "create")
    check_prompt_stays_at_origin(record)


def _printed_output(record: Record) -> str:
    """Return the output of a client without its outcome lines."""
    require_process(record)
    lines = output_text(record.output).splitlines()
    return "\n".join(line for line in lines if OUTCOME_MARKER not in line)


def _check_no_prompt_printed(record: Record) -> None:
    prompts = [request_body(create).get("prompt") for create in sent_creates(record)]
    if any(isinstance(prompt, str) and prompt in _printed_output(record) for prompt in prompts):
        raise Mismatch(expected="no prompt in the output", actual="the whole prompt")


def _check_no_link_printed(record: Record) -> None:
    url = completed_task(record).get("video_url")
    if isinstance(url, str) and url in _printed_output(record):
        raise Mismatch(expected="no signed URL in the output", actual="a signed URL")


def _redirected_poll(
    case_id: str, script: str, requirement: str, level: Level = Level.MUST, **options: bool
) -> ClientCase:
    """Return a case in which polls are redirected to another origin."""
    return case(
        case_id,
        level,
        requirement,
        page("authentication, observability"),
        f"{script} clock-polls after-2polls",
        must(
            "key-stays",
            "The client does not send the key to the target of the redirect.",
            _key_stays_after_redirect("poll"),
        ),
        cause="key-sent-elsewhere",
        **options,
    )


def _foreign_poll_url(case_id: str, form: str, requirement: str, **options: bool) -> ClientCase:
    """Return a case in which poll_url does not lead to the API."""
    return case(
        case_id,
        Level.MUST,
        requirement,
        KEY_SOURCE,
        f"at-{form} {SHORT_TASK}",
        must(
            "key-stays",
            "The client rejects the URL, or requests it without the key.",
            _check_refused_or_without_key,
        ),
        cause="key-sent-elsewhere",
        **options,
    )


CASES = (
    case(
        "SEC-01",
        Level.MUST,
        "The client downloads a result from another host without the key.",
        page("authentication, observability"),
        f"files-host {SHORT_TASK}",
        must("key-stays", "The client sends no key to the other host.", no_key_sent_to("host")),
        job=DOWNLOAD_JOB,
        core=True,
        safe=True,
        cause="key-sent-elsewhere",
    ),
    # The URL of the file is on another host, which redirects to a third one.
    case(
        "SEC-02",
        Level.MUST,
        "The client downloads a result that is redirected to a third host without the key.",
        page("observability"),
        f"files-host asset-found to-third {SHORT_TASK}",
        must("key-stays", "The client sends the key to neither host.", no_key_sent_to("third")),
        job=DOWNLOAD_JOB,
        core=True,
        safe=True,
        cause="key-sent-elsewhere",
    ),
    _foreign_poll_url(
        "SEC-03",
        "foreign",
        "The client never sends the key to a poll_url on another host.",
        core=True,
        safe=True,
    ),
    # HTTP libraries treat 307 and 302 differently, so each has a case.
    _redirected_poll(
        "SEC-04",
        "poll-redirect",
        "The client does not send the key to another host when a poll is redirected.",
        core=True,
        safe=True,
    ),
    _redirected_poll(
        "SEC-04-found",
        "poll-found",
        "The client does not send the key to another host when a poll is redirected with a 302.",
        core=True,
        safe=True,
    ),
    # Another port is another origin (RFC 6454, section 4), but some HTTP libraries compare host
    # names only, so this is a SHOULD.
    _redirected_poll(
        "SEC-05",
        "poll-redirect to-port",
        "The client does not send the key to another port when a poll is redirected.",
        Level.SHOULD,
    ),
    case(
        "SEC-06",
        Level.MUST,
        "The client does not send the key to another host when a create is redirected.",
        page("authentication, best-practices"),
        f"create-redirect {SHORT_TASK}",
        must(
            "key-stays",
            "The client does not send the key to the target of the redirect.",
            _key_stays_after_redirect("create"),
        ),
        should(
            "prompt-stays",
            "The client does not send the prompt to the target of the redirect.",
            _check_prompt_stays,
            cause="prompt-exposed",
        ),
        core=True,
        safe=True,
        cause="key-sent-elsewhere",
    ),
    # A failed poll makes clients print or log the request that failed.
    case(
        "SEC-07",
        Level.MUST,
        "The client puts the key into no output, argument or file.",
        page("observability, error-handling"),
        "clock-polls after-2polls poll-500",
        must("no-leak", "No output, argument or file contains the key.", check_key_not_disclosed),
        core=True,
        safe=True,
        cause="key-exposed",
    ),
    case(
        "SEC-08",
        Level.SHOULD,
        "The client does not write prompts or signed URLs to its log.",
        page("observability"),
        "clock-polls after-2polls poll-500",
        should("no-prompt", "The client does not print the prompt.", _check_no_prompt_printed),
        info(
            "no-link",
            "The client prints the signed URL in its outcome line only.",
            _check_no_link_printed,
        ),
        cause="prompt-exposed",
    ),
    # Three forms that a comparison of the beginning of the URL gets wrong: a user name before the
    # host, no host at all, and a host without a scheme (RFC 3986, section 4.2).
    _foreign_poll_url(
        "SEC-09",
        "userinfo",
        "The client never sends the key to a poll_url that contains a user name.",
    ),
    _foreign_poll_url(
        "SEC-09-file", "file", "The client never sends the key to a poll_url with the scheme file."
    ),
    _foreign_poll_url(
        "SEC-09-slashes",
        "slashes",
        "The client never sends the key to a poll_url that begins with two slashes.",
    ),
)
