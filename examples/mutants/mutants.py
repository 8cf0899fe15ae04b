"""The reference client with bad habits, each behind a switch: what the checks have to notice.

    python mutants.py --retry-400        the client of a job with this habit, see driver.py
    python mutants.py --list             every habit with the cases that it breaks, as JSON

Several switches may be combined. Without one it is the reference client itself.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import driver
from habits import (
    asking,
    cancelling,
    downloading,
    polling,
    repeating,
    results,
    retry_after,
    secrets,
    wire,
)
from habits.asking import after_refusal, asks, cheaper, having, hinted, posts, without
from habits.polling import polls_at, polls_every
from habits.repeating import resends, status
from habits.results import finds, takes_for_success
from seedance_client import Cancelled, Client, Failed


@dataclass(frozen=True, slots=True)
class Switch:
    """A habit: what it does, and the cases that have to turn red."""

    name: str
    does: str
    kills: str
    kind: type[Client]

    @property
    def cases(self) -> list[str]:
        """The ids of the cases."""
        return self.kills.split()


SWITCHES: tuple[Switch, ...] = (
    # the key
    Switch("--x-api-key", "sends the key as x-api-key", "AUTH-01", secrets.OtherHeader),
    Switch("--two-schemes", "sends the key in two headers", "AUTH-01 AUTH-02", secrets.TwoHeaders),
    Switch("--key-in-query", "sends the key in the URL", "AUTH-02 POLL-01", secrets.KeyInQuery),
    Switch("--key-in-body", "sends the key as user", "AUTH-02 REQ-02", secrets.KeyInBody),
    Switch("--key-in-cookie", "sends the key as a cookie", "AUTH-02 SEC-01", secrets.KeyInCookie),
    Switch("--key-in-stdout", "prints the key", "SEC-07", secrets.PrintsKey),
    Switch("--key-in-stderr", "logs the key", "SEC-07", secrets.LogsKey),
    Switch("--key-in-state", "keeps the key in a file", "SEC-07", secrets.KeepsKey),
    Switch("--url-in-log", "logs the signed URL", "SEC-08", secrets.LogsUrls),
    Switch("--prompt-in-log", "logs the prompt", "SEC-08", secrets.LogsPrompt),
    Switch(
        "--leak-key-to-assets",
        "sends the key with downloads",
        "SEC-01 SEC-02",
        secrets.LeaksToAssets,
    ),
    Switch(
        "--leak-key-on-redirect",
        "follows the API to another host with the key",
        "SEC-04 SEC-05 SEC-06",
        secrets.FollowsWithKey,
    ),
    Switch(
        "--leak-key-to-other-port",
        "follows the API to another port with the key",
        "SEC-05",
        secrets.FollowsToOtherPorts,
    ),
    Switch(
        "--follow-foreign-poll-url",
        "polls at another host with the key",
        "SEC-03 SEC-09",
        polling.FollowsForeign,
    ),
    # the request
    Switch("--form-encoded", "sends a form", "REQ-01", asking.PostsAForm),
    Switch(
        "--swap-model",
        "always asks for seedance-2.0-mini",
        "REQ-02 DISC-03",
        asks(having(model="seedance-2.0-mini")),
    ),
    Switch(
        "--downgrade-resolution",
        "always asks for 480p",
        "REQ-02 REQ-06",
        asks(having(resolution="480p")),
    ),
    Switch("--drop-duration", "does not send the duration", "REQ-02", posts(without("duration"))),
    Switch("--duration-as-text", "sends the duration as text", "REQ-03", posts(asking.as_text)),
    Switch("--undocumented-field", "sends quality: high", "REQ-03", posts(having(quality="high"))),
    Switch("--disagreeing-aliases", "sends two durations", "REQ-04", posts(asking.disagreeing)),
    Switch("--no-operation", "lets the server guess", "REQ-05", asking.OneOperationOnly),
    Switch(
        "--follow-hint",
        "orders what did_you_mean names",
        "REQ-07 DISC-03",
        after_refusal("model_not_found", hinted),
    ),
    Switch(
        "--cheaper-model",
        "orders a cheaper model without money",
        "ERR-02",
        after_refusal("insufficient_balance", cheaper),
    ),
    Switch(
        "--other-model-if-locked",
        "orders another model if one is not allowed",
        "AUTH-05",
        after_refusal("model_not_allowed", cheaper),
    ),
    Switch(
        "--substitute-unlisted-model",
        "orders the first of the list",
        "DISC-03",
        asking.ChecksForTheModel,
    ),
    Switch("--crash-on-html", "takes every body for JSON", "ERR-13", asking.CrashesOnHtml),
    Switch("--crash-without-code", "needs error.code", "REQ-08", results.ErrorsNeedACode),
    Switch("--read-messages", "decides by an English message", "ERR-12", asking.ReadsMessages),
    Switch("--baked-in-models", "knows models by heart", "DISC-01", asking.BakedInModels),
    Switch("--prices-as-floats", "rounds prices", "DISC-02", asking.PricesAsFloats),
    Switch(
        "--poll-models-each-time",
        "lists the models before every poll",
        "DISC-04",
        asking.AsksForModelsEachTime,
    ),
    # creating twice
    Switch(
        "--hedge-create",
        "sends every create twice",
        "DUP-01 DUP-02 DUP-03 DUP-05 DUP-06 DUP-07 DUP-08",
        repeating.Hedges,
    ),
    Switch("--hedge-slow-create", "repeats after 5 s", "DUP-05 DUP-07", repeating.Impatient),
    Switch(
        "--retry-create-on-reset",
        "repeats a create after a reset",
        "DUP-02 DUP-04",
        resends("POST", repeating.was_reset),
    ),
    Switch(
        "--retry-create-on-close",
        "repeats a create after a close",
        "DUP-03",
        resends("POST", repeating.was_closed),
    ),
    Switch(
        "--retry-create-on-timeout",
        "repeats a create that is not answered",
        "DUP-05",
        resends("POST", repeating.timed_out, times=1),
    ),
    Switch(
        "--retry-create-on-cut",
        "repeats a create whose answer is cut",
        "DUP-06",
        resends("POST", repeating.was_cut),
    ),
    Switch(
        "--retry-create-on-504",
        "repeats a create after 504",
        "DUP-08",
        resends("POST", status(504)),
    ),
    Switch(
        "--retry-create-on-502",
        "repeats a create after 502",
        "ERR-13",
        resends("POST", status(502)),
    ),
    Switch(
        "--retry-503-at-once",
        "repeats a create after 503 without a wait",
        "DUP-09",
        repeating.HurriesAfter503,
    ),
    Switch(
        "--retry-503-anyway",
        "repeats a create that is not retryable",
        "DUP-10",
        resends("POST", status(503)),
    ),
    Switch("--no-timeout", "waits for ever", "DUP-05", repeating.NeverGivesUp),
    Switch("--forget-state", "keeps no file", "DUP-11", repeating.ForgetsState),
    Switch(
        "--retry-409-at-once",
        "repeats a create while a material is prepared",
        "DUP-13",
        resends("POST", status(409), times=5),
    ),
    Switch("--retry-400", "repeats after 400", "ERR-01 REQ-07", resends("POST", status(400))),
    Switch(
        "--retry-401",
        "repeats after 401",
        "AUTH-03",
        resends("POST", status(401)),
    ),
    Switch(
        "--retry-402",
        "repeats after 402",
        "ERR-02 ERR-03",
        resends("POST", status(402)),
    ),
    Switch("--retry-403", "repeats after 403", "AUTH-05", resends("POST", status(403))),
    Switch("--retry-413", "repeats after 413", "REQ-09", resends("POST", status(413))),
    Switch(
        "--regenerate-on-failure",
        "orders another video where one failed",
        "BILL-03 POLL-09 RES-04",
        repeating.Regenerates,
    ),
    Switch(
        "--regenerate-on-poll-error",
        "orders another video where a poll failed",
        "POLL-15 POLL-16",
        repeating.RegeneratesOnLookup,
    ),
    # waiting
    Switch(
        "--ignore-retry-after",
        "repeats after a second at most",
        "ERR-04 ERR-05 ERR-06 POLL-17",
        repeating.DeafToRetryAfter,
    ),
    Switch(
        "--ignore-http-date",
        "reads seconds only",
        "ERR-05",
        retry_after.reading("no-date"),
    ),
    Switch(
        "--crash-on-http-date",
        "breaks on a date or a word",
        "ERR-05 ERR-10",
        retry_after.reading("crash"),
    ),
    Switch(
        "--ignore-body-retry-after",
        "reads the header only",
        "ERR-06",
        retry_after.reading("header"),
    ),
    Switch(
        "--shorter-retry-after",
        "takes the shorter of header and body",
        "ERR-11",
        retry_after.reading("shorter"),
    ),
    Switch(
        "--junk-is-now",
        "repeats at once after a word",
        "ERR-10",
        retry_after.reading("junk-is-now"),
    ),
    Switch("--hammer-429", "repeats ten times a second", "ERR-07", repeating.HammersAfter429),
    Switch("--sleep-for-a-day", "sleeps as told", "ERR-09", retry_after.SleepsForADay),
    # polling
    Switch("--no-poll-url", "builds the path itself", "POLL-01", polls_at(polling.usual)),
    Switch(
        "--legacy-poll-path",
        "polls the older path",
        "POLL-01 POLL-02 POLL-03 POLL-04",
        polls_at(polling.legacy),
    ),
    Switch("--decode-poll-url", "decodes poll_url", "POLL-01", polls_at(polling.decoded)),
    Switch(
        "--join-base-and-path",
        "asks for /v1/v1/tasks",
        "POLL-02",
        polls_at(polling.joined),
    ),
    Switch(
        "--concatenate-poll-url",
        "appends an absolute poll_url to the base",
        "POLL-03",
        polls_at(polling.concatenated),
    ),
    Switch("--need-poll-url", "gives up without poll_url", "POLL-04", polls_at(polling.required)),
    Switch("--only-id", "needs id", "POLL-05", polling.KnowsOneId),
    Switch("--only-task-id", "needs task_id", "POLL-05", polling.KnowsOnlyTaskId),
    Switch("--poll-every-100ms", "polls ten times a second", "POLL-06", polls_every(0.1)),
    Switch("--poll-every-2s", "polls every 2 s", "POLL-06", polls_every(2.0)),
    Switch("--keep-polling", "polls after the end", "POLL-08 POLL-09", polling.KeepsPolling),
    Switch("--progress-ends", "believes progress 100", "POLL-10", polling.TrustsProgress),
    Switch("--crash-on-missing-progress", "needs progress", "POLL-11", polling.NeedsProgress),
    Switch("--crash-on-unknown-field", "knows all members", "POLL-12", polling.NeedsKnownMembers),
    Switch("--unknown-status-fails", "knows all words", "POLL-13", polling.NeedsKnownStatus),
    Switch("--going-back-fails", "fails at pending again", "POLL-14", polling.NeverGoesBack),
    Switch(
        "--stop-on-poll-error",
        "takes a failed poll for a failed task",
        "POLL-15 POLL-16 POLL-17 WIRE-07",
        polling.StopsOnError,
    ),
    Switch(
        "--hammer-polls",
        "repeats failed polls at once",
        "ERR-08 POLL-15 POLL-16 POLL-17",
        polling.HammersOnError,
    ),
    Switch(
        "--poll-through-refusals",
        "polls on after 401, 403 and 404",
        "AUTH-04 POLL-18 POLL-19",
        polling.PollsThrough,
    ),
    Switch(
        "--refusal-is-failure",
        "reports a refused poll as a failed task",
        "AUTH-04",
        polling.RefusalIsFailure,
    ),
    Switch("--no-deadline", "polls for ever", "POLL-20", polling.NoDeadline),
    Switch(
        "--deadline-is-failure",
        "reports a running task as failed",
        "POLL-20",
        polling.DeadlineIsFailure,
    ),
    Switch("--need-pending", "needs a pending task", "POLL-21", polling.StartsPending),
    Switch("--cross-results", "mixes tasks up", "POLL-22", results.CrossesResults),
    Switch("--billing-id-in-path", "polls the billing id", "BILL-01", polling.PollsByBill),
    Switch("--forget-ids", "reports no ids", "BILL-02", results.DropsIds),
    Switch(
        "--wait-for-billing-id",
        "polls on until there is a billing id",
        "BILL-04",
        polling.ShowsBillOnly,
    ),
    # results
    Switch(
        "--cancelled-is-success",
        "takes a cancelled task for a completed one",
        "CAN-01",
        takes_for_success(Cancelled),
    ),
    Switch(
        "--cancelled-is-failure",
        "does not know cancelled",
        "CAN-01 CAN-02",
        results.CancelledIsFailure,
    ),
    Switch(
        "--failed-is-success",
        "takes a failed task for a completed one",
        "POLL-09 RES-04 RES-05 RES-06 RES-07",
        takes_for_success(Failed),
    ),
    Switch(
        "--completed-without-url-is-success",
        "needs no file",
        "RES-04",
        takes_for_success(Failed, "no_video"),
    ),
    Switch(
        "--only-video-url",
        "looks at video_url only",
        "RES-02 RES-03 RES-08",
        finds(results.only_video_url),
    ),
    Switch("--only-video", "looks at video.url only", "RES-01 RES-03", finds(results.only_video)),
    Switch("--only-videos", "looks at videos only", "RES-01 RES-02", finds(results.only_videos)),
    Switch("--first-video-only", "reports one of several", "RES-03", finds(results.first_only)),
    Switch("--no-content-url", "knows the usual places", "RES-08", finds(results.no_content)),
    Switch(
        "--crash-on-error-string",
        "needs an object",
        "RES-05 RES-07",
        results.crashes_unless(dict),
    ),
    Switch(
        "--crash-on-error-object",
        "needs a string",
        "RES-06 RES-07",
        results.crashes_unless(str),
    ),
    Switch("--swallow-reason", "does not say why", "RES-05 RES-06", results.SaysNothing),
    # cancelling
    Switch(
        "--repeat-cancel",
        "cancels again",
        "CAN-03 CAN-04 CAN-06",
        cancelling.RepeatsRefusedCancel,
    ),
    Switch(
        "--lost-cancel-ends",
        "reports a failure after a lost cancel",
        "CAN-05",
        cancelling.LostCancelIsTheEnd,
    ),
    Switch(
        "--refused-cancel-ends",
        "gives up after a refused cancel",
        "CAN-03 CAN-04",
        cancelling.RefusedCancelIsTheEnd,
    ),
    Switch("--only-stop-polling", "sends no DELETE", "CAN-02", cancelling.OnlyStopsPolling),
    Switch(
        "--believe-in-cancel",
        "reports cancelled without a look",
        "CAN-03 CAN-04",
        cancelling.BelievesInCancel,
    ),
    Switch("--cancel-legacy-path", "cancels elsewhere", "CAN-02", cancelling.CancelsByPollUrl),
    Switch("--poll-after-cancel", "polls on", "CAN-02", cancelling.PollsAfterCancel),
    Switch("--cancel-on-error", "cancels after a failed poll", "CAN-07", cancelling.CancelsOnError),
    Switch(
        "--cancel-at-deadline",
        "cancels when its time is over",
        "CAN-07",
        cancelling.CancelsAtTheDeadline,
    ),
    # the wire
    Switch("--read-once", "reads one piece", "WIRE-01 WIRE-02", wire.ReadsOnce),
    Switch("--wait-2s", "allows 2 s", "DUP-07 WIRE-02", wire.WaitsTwoSeconds),
    Switch("--keep-connection", "needs its connection", "WIRE-03 WIRE-04", wire.KeepsOneConnection),
    Switch("--early-hints", "takes 103 for the end", "WIRE-06", wire.EarlyHintsAreTheAnswer),
    Switch("--cut-poll-is-end", "takes a cut for the end", "WIRE-07", results.CutPollIsTheEnd),
    Switch("--exact-content-type", "needs no charset", "WIRE-08", results.NeedsAReadableCreate),
    # downloading
    Switch("--decode-asset-url", "decodes the link", "DL-01", downloading.DecodesUrls),
    Switch("--accept-cut-download", "keeps half a file", "DL-02", downloading.AcceptsCut),
    Switch("--append-ignoring-200", "appends the whole", "DL-03", downloading.AppendsWhatever),
    Switch("--one-link", "repeats an expired link", "DL-04", downloading.KnowsOneLink),
    Switch("--buy-another", "creates for a fresh link", "DL-04", downloading.BuysAnother),
    Switch("--download-once", "tries once", "DL-02 DL-04 DL-05", downloading.TriesOnce),
    Switch("--head-first", "depends on HEAD", "DL-05", downloading.AsksForTheHead),
    Switch("--hammer-assets", "repeats at once", "DL-05", downloading.Hurries),
)

BY_NAME = {switch.name: switch for switch in SWITCHES}


def listed() -> str:
    """Return the table as JSON."""
    rows = [{"switch": one.name, "does": one.does, "kills": one.cases} for one in SWITCHES]
    return json.dumps(rows, indent=1)


def mutant(*names: str) -> type[Client]:
    """Return the reference client with these habits. Raises KeyError for an unknown one."""
    return type("Mutant", (*(BY_NAME[name].kind for name in names), Client), {})


def main(arguments: list[str]) -> int:
    """Run a job with bad habits, or list them."""
    if arguments == ["--list"]:
        print(listed())
        return 0
    return driver.main(mutant(*arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
