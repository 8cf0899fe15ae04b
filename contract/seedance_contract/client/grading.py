"""Grading: the result of a case, as a pure function of the record of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seedance_contract.case import (
    Finding,
    Level,
    Mismatch,
    Result,
    Verdict,
    failed_finding,
    worst_verdict,
)
from seedance_contract.client.client_case import ClientCase, ClientCheck, NotExercised
from seedance_contract.client.job_fields import (
    MissingJobField,
    missing_field_reason,
    unknown_action,
)
from seedance_contract.client.record import Record, record_to_json

UNSUPPORTED_EXIT_STATUS = 127
"""The exit status of a client that does not know the action of its job."""

FAILED_CHECK_VERDICTS = (Verdict.FAIL, Verdict.NON_STRICT)


def grade(client_case: ClientCase, record: Record) -> Result:
    """Return the result of a case."""
    unusable = _unusable_run(client_case, record)
    findings = (
        tuple(evaluate(client_case, check, record) for check in client_case.checks)
        if unusable is None
        else (unusable,)
    )
    return Result(
        case=client_case.case,
        findings=findings,
        seconds=record.seconds,
        evidence=record_to_json(record),
    )


def _unusable_run(client_case: ClientCase, record: Record) -> Finding | None:
    """Return the only finding of a run that no check can evaluate; None for all other runs."""
    if record.exit == UNSUPPORTED_EXIT_STATUS:
        return _run_finding(client_case, Verdict.UNSUPPORTED, "the client exited with 127")
    # Without this finding a client that crashes at its start would be UNEXERCISED, which does not
    # fail a run. Exit status 0 is no crash: the client considers the job done.
    sent_nothing = not record.exchanges and not record.killed and record.exit != 0
    if sent_nothing and not client_case.may_send_nothing:
        return _run_finding(client_case, Verdict.BROKEN, _end_without_request(client_case, record))
    return None


def _end_without_request(client_case: ClientCase, record: Record) -> str:
    status = "" if record.exit is None else f" with exit status {record.exit}"
    reason = f"the client ended{status} before its first request"
    action = client_case.job.get("action", "generate")
    if action == "generate":
        return reason
    return (
        f"{reason}; if it does not support the action {action}, let it exit with"
        f" {UNSUPPORTED_EXIT_STATUS}"
    )


def _run_finding(client_case: ClientCase, verdict: Verdict, actual: str) -> Finding:
    level = client_case.case.effective_level
    return Finding(check="run", level=level, verdict=verdict, actual=actual)


def evaluate(client_case: ClientCase, check: ClientCheck, record: Record) -> Finding:
    """Return the finding of one check of a case."""
    level = _weaker_level(check.level, client_case.case.effective_level)
    try:
        check.evaluate(record)
    except Mismatch as mismatch:
        cause = mismatch.cause or check.cause or client_case.cause
        return failed_finding(check.id, level, mismatch.expected, mismatch.actual, cause)
    except NotExercised as reason:
        return Finding(
            check=check.id,
            level=level,
            verdict=Verdict.INFO if level is Level.INFO else Verdict.UNEXERCISED,
            expected=check.requirement,
            actual=_with_hint(client_case, record, reason),
        )
    except Exception as error:
        # A client may send anything, also what the author of a check did not expect. Such an
        # error must not lose the results of all other cases.
        message = f"the check itself failed: {type(error).__name__}"
        return Finding(check=check.id, level=level, verdict=Verdict.BROKEN, actual=message)
    return Finding(check=check.id, level=level, verdict=Verdict.PASS)


def _with_hint(client_case: ClientCase, record: Record, reason: NotExercised) -> str:
    """Return the reason, and which field would tell the client the action of its job."""
    if isinstance(reason, MissingJobField):
        return str(reason)
    action = "resume" if client_case.restart_after else client_case.job.get("action", "generate")
    field = "" if action == "generate" else unknown_action(record, action)
    return f"{reason}; {missing_field_reason(field)}" if field else str(reason)


_LEVELS = list(Level)


def _weaker_level(first: Level, second: Level) -> Level:
    return max(first, second, key=_LEVELS.index)


def timing_failures(client_case: ClientCase, result: Result) -> Sequence[str]:
    """Return the ids of the timed checks that failed, which the runner has to confirm."""
    timed = {check.id for check in client_case.checks if check.timed}
    return [
        finding.check
        for finding in result.findings
        if finding.verdict in FAILED_CHECK_VERDICTS and finding.check in timed
    ]


def confirmed_result(client_case: ClientCase, first: Result, again: Result) -> Result:
    """Return the result to report for a timing failure and a second run without other cases.

    The second result counts, with one exception: the first run also failed in an untimed check,
    and the second did not. Then the first result counts.
    """
    # A busy machine explains a late request, but not a second create: a client that fails only
    # sometimes has still failed.
    timed = timing_failures(client_case, first)
    untimed = worst_verdict(
        finding.verdict for finding in first.findings if finding.check not in timed
    )
    if untimed in FAILED_CHECK_VERDICTS and again.verdict not in FAILED_CHECK_VERDICTS:
        return first
    return again


def worst_result(results: Iterable[Result]) -> Result:
    """Return the first of the worst results."""
    results = list(results)
    verdict = worst_verdict(result.verdict for result in results)
    return next(result for result in results if result.verdict is verdict)
