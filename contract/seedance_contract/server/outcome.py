"""What the end of a check means: its result, whatever the check returned or raised."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from pathlib import Path

from seedance_contract.case import (
    Case,
    Finding,
    Level,
    Mismatch,
    Result,
    Verdict,
    failed_finding,
    with_default_cause,
)
from seedance_contract.declared.errors import INSUFFICIENT_BALANCE, RATE_LIMITED
from seedance_contract.server.check_context import CheckContext, ServerCheck, Stage
from seedance_contract.server.errors import UnexercisedError, UnreachableError, UnsafeServerError
from seedance_contract.server.http.evidence import exchanges_json, redaction
from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import LoggedMismatch
from seedance_contract.server.reproduction.script import ScriptSettings, reproduction_script

NOTHING_COMPARED = "nothing of what the check compares occurred"
"""The reason of a check that ended without a comparison and gave no reason of its own."""

QUIET_VERDICTS = (Verdict.PASS, Verdict.UNEXERCISED)
"""Verdicts that need no explanation."""


def check_result(context: CheckContext, check: ServerCheck) -> Result:
    """Carry out a check, and return its result."""
    started = time.monotonic()
    context = context.for_check()
    finding = _finding(context, check)
    redact = redaction(context.target.log.entries)
    finding = replace(finding, expected=redact(finding.expected), actual=redact(finding.actual))
    result = Result(
        case=check.case,
        findings=(finding,),
        seconds=time.monotonic() - started,
        reproduce=_reproduction(context, check, finding),
        evidence=_evidence(context, finding),
    )
    return with_default_cause(result, check.cause)


def _finding(context: CheckContext, check: ServerCheck) -> Finding:
    try:
        context.close_shared_accounts()
        check.run(context)
    except Exception as error:
        return _limit_finding(context, check, error) or _finding_of_error(
            context, check.case, error
        )
    return _finding_of_success(context, check.case)


def _finding_of_success(context: CheckContext, case: Case) -> Finding:
    if context.exercised:
        return Finding(check=case.id, level=case.effective_level, verdict=Verdict.PASS)
    return unexercised_finding(case, NOTHING_COMPARED)


def unexercised_finding(case: Case, reason: str) -> Finding:
    """Return the finding of a case that could not be put to the test."""
    return Finding(
        check=case.id, level=case.effective_level, verdict=Verdict.UNEXERCISED, actual=reason
    )


LIMIT_REASONS = {
    INSUFFICIENT_BALANCE.status: "the account has too little money for the check",
    RATE_LIMITED.status: (
        "the key may send too few requests a minute: try --concurrency 1, or fewer checks"
    ),
}
"""What the refusals of an account's limits mean, by their statuses."""


def _limit_finding(context: CheckContext, check: ServerCheck, error: Exception) -> Finding | None:
    """Return the finding of a check that failed after a limit of its account refused a request.

    Nobody can say whether such a server is wrong: its limits are unknown, unless there is control
    over them. Checks of the form of a response, which may be that refusal, are not excused.
    """
    judges_responses = check.stage is Stage.REVIEW or type(error) is LoggedMismatch
    if context.control is not None or judges_responses or not isinstance(error, Mismatch):
        return None
    log = error.log if isinstance(error, LoggedMismatch) else context.target.log.entries
    for entry in reversed(log):
        response = entry.response if isinstance(entry, Exchange) else None
        if response is not None and response.status in LIMIT_REASONS:
            return Finding(
                check=check.case.id,
                level=check.case.effective_level,
                verdict=Verdict.BROKEN,
                expected="no refusal by a limit of the account",
                actual=f"{response.status}: {LIMIT_REASONS[response.status]}",
            )
    return None


def _finding_of_error(context: CheckContext, case: Case, error: Exception) -> Finding:
    level, id = case.effective_level, case.id
    match error:
        case LoggedMismatch():
            # An earlier run has found it, whose log it carries.
            context.target.log.replace(error.log)
            return failed_finding(id, level, error.expected, error.actual, error.cause)
        case Mismatch():
            return failed_finding(id, level, error.expected, error.actual, error.cause)
        case UnsafeServerError():
            # Whatever the level of the check: this server bills what it must refuse.
            expected = "no accepted request that must be refused and may be billed"
            return failed_finding(id, Level.MUST, expected, str(error), "unsafe-server")
        case UnexercisedError():
            return unexercised_finding(case, str(error))
        case UnreachableError():
            return Finding(
                check=id,
                level=level,
                verdict=Verdict.BROKEN,
                expected="a response",
                actual=str(error),
            )
    return Finding(
        check=id,
        level=level,
        verdict=Verdict.BROKEN,
        expected="a check that ends",
        actual=f"{_description(error)}; this is a defect of the kit, please report it",
    )


def _description(error: Exception) -> str:
    """Return the name of an exception and the line of ours that raised it, without its message.

    The message may contain a key.
    """
    # The first frame is the call of the check in this module.
    frames = traceback.extract_tb(error.__traceback__)[1:]
    ours = [frame for frame in frames if "seedance_contract" in frame.filename]
    place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


def _evidence(context: CheckContext, finding: Finding) -> dict[str, object]:
    evidence: dict[str, object] = {"exercised": context.exercised}
    if finding.verdict not in QUIET_VERDICTS:
        evidence["exchanges"] = exchanges_json(context.target.log.entries)
    return evidence


def _reproduction(context: CheckContext, check: ServerCheck, finding: Finding) -> str:
    """Return a shell script whose last step shows a failure again."""
    # A case of the level INFO that could not be tested expects nothing.
    if finding.verdict in QUIET_VERDICTS or not finding.expected:
        return ""
    control = context.control
    settings = ScriptSettings(
        base_url=context.target.url,
        key_variables=context.keys.variables,
        control_functions="" if control is None else control.shell_functions,
    )
    return reproduction_script(context.target.log.entries, check.case, finding, settings)
