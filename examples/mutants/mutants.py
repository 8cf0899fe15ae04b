"""The reference client with bad habits, each behind a switch: what the checks have to notice.

    python mutants.py --retry-400        the client of a job with this habit, see driver.py
    python mutants.py --list             every habit with the checks that it turns red, as JSON

Several switches may be combined. Without one it is the reference client itself.
"""

from __future__ import annotations

import json
import sys
import tomllib
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
from habits.asking import after_refusal, asks, cheaper, having, hinted, posts, shorter, without
from habits.polling import polls_at, polls_every
from habits.repeating import resends, status
from habits.results import finds, takes_for_success
from seedance_client import Cancelled, Client, Failed

TABLE = Path(__file__).with_name("table.toml")


@dataclass(frozen=True, slots=True)
class Switch:
    """A habit, and what it does."""

    name: str
    does: str
    kind: type[Client]


SWITCHES: tuple[Switch, ...] = (
    # the key
    Switch("--x-api-key", "sends the key as x-api-key", secrets.OtherHeader),
    Switch("--two-schemes", "sends the key in two headers", secrets.TwoHeaders),
    Switch("--key-in-query", "sends the key in the URL", secrets.KeyInQuery),
    Switch("--key-in-body", "sends the key as user", secrets.KeyInBody),
    Switch("--key-in-cookie", "sends the key as a cookie", secrets.KeyInCookie),
    Switch("--key-in-stdout", "prints the key", secrets.PrintsKey),
    Switch("--key-in-stderr", "logs the key", secrets.LogsKey),
    Switch("--key-in-state", "keeps the key in a file", secrets.KeepsKey),
    Switch("--prompt-in-log", "logs the prompt", secrets.LogsPrompt),
    Switch(
        "--leak-key-to-assets",
        "sends the key with downloads",
        secrets.LeaksToAssets,
    ),
    Switch(
        "--leak-key-on-redirect",
        "follows the API to another host with the key",
        secrets.FollowsWithKey,
    ),
    Switch(
        "--leak-key-to-other-port",
        "follows the API to another port with the key",
        secrets.FollowsToOtherPorts,
    ),
    Switch(
        "--follow-foreign-poll-url",
        "polls at another host with the key",
        polling.FollowsForeign,
    ),
    Switch("--follow-any-poll-url", "polls at whatever names a host", polling.FollowsAnyUrl),
    # the request
    Switch("--form-encoded", "sends a form", asking.PostsAForm),
    Switch(
        "--swap-model",
        "always asks for seedance-2.0-mini",
        asks(having(model="seedance-2.0-mini")),
    ),
    Switch(
        "--downgrade-resolution",
        "always asks for 480p",
        asks(having(resolution="480p")),
    ),
    Switch("--drop-duration", "does not send the duration", posts(without("duration"))),
    Switch("--duration-as-text", "sends the duration as text", posts(asking.as_text)),
    Switch("--undocumented-field", "sends quality: high", posts(having(quality="high"))),
    Switch("--disagreeing-aliases", "sends two durations", posts(asking.disagreeing)),
    Switch("--no-operation", "lets the server guess", asking.OneOperationOnly),
    Switch(
        "--follow-hint",
        "orders what did_you_mean names",
        after_refusal("model_not_found", hinted),
    ),
    Switch(
        "--cheaper-model",
        "orders a cheaper model without money",
        after_refusal("insufficient_balance", cheaper),
    ),
    Switch(
        "--other-model-if-locked",
        "orders another model if one is not allowed",
        after_refusal("model_not_allowed", cheaper),
    ),
    Switch(
        "--substitute-unlisted-model",
        "orders the first of the list",
        asking.ChecksForTheModel,
    ),
    Switch("--crash-on-html", "takes every body for JSON", asking.CrashesOnHtml),
    Switch("--read-messages", "decides by an English message", asking.ReadsMessages),
    Switch("--baked-in-models", "knows models by heart", asking.BakedInModels),
    Switch("--known-models-only", "hides models that it does not know", asking.ShowsModelsItKnows),
    Switch("--crash-without-summary", "needs pricing_summary", asking.NeedsSummaries),
    Switch("--prices-as-floats", "rounds prices", asking.PricesAsFloats),
    Switch(
        "--poll-models-each-time",
        "lists the models before every poll",
        asking.AsksForModelsEachTime,
    ),
    # creating twice
    Switch(
        "--hedge-create",
        "sends every create twice",
        repeating.Hedges,
    ),
    Switch("--hedge-slow-create", "repeats after 5 s", repeating.Impatient),
    Switch(
        "--retry-create-on-reset",
        "repeats a create after a reset",
        resends("POST", repeating.was_reset),
    ),
    Switch(
        "--retry-create-on-close",
        "repeats a create after a close",
        resends("POST", repeating.was_closed),
    ),
    Switch(
        "--retry-create-on-timeout",
        "repeats a create that is not answered",
        resends("POST", repeating.timed_out, times=1),
    ),
    Switch(
        "--retry-create-on-cut",
        "repeats a create whose answer is cut",
        resends("POST", repeating.was_cut),
    ),
    Switch(
        "--retry-create-on-504",
        "repeats a create after 504",
        resends("POST", status(504)),
    ),
    Switch(
        "--retry-create-on-502",
        "repeats a create after 502",
        resends("POST", status(502)),
    ),
    Switch(
        "--retry-503-at-once",
        "repeats a create after 503 without a wait",
        repeating.HurriesAfter503,
    ),
    Switch(
        "--retry-503-anyway",
        "repeats a create that is not retryable",
        resends("POST", status(503)),
    ),
    Switch("--no-timeout", "waits for ever", repeating.NeverGivesUp),
    Switch("--forget-state", "keeps no file", repeating.ForgetsState),
    Switch(
        "--retry-409-at-once",
        "repeats a create while a material is prepared",
        resends("POST", status(409), times=5),
    ),
    Switch("--retry-400", "repeats after 400", resends("POST", status(400))),
    Switch(
        "--retry-401",
        "repeats after 401",
        resends("POST", status(401)),
    ),
    Switch(
        "--retry-402",
        "repeats after 402",
        resends("POST", status(402)),
    ),
    Switch("--retry-403", "repeats after 403", resends("POST", status(403))),
    Switch("--retry-413", "repeats after 413", resends("POST", status(413))),
    Switch(
        "--change-after-409",
        "asks for something else after 409",
        after_refusal("seedance_material_preparing", shorter),
    ),
    Switch("--volley-after-429", "sends five creates after a 429", repeating.RepeatsInVolleys),
    Switch("--never-repeat", "gives up after one 429 or 503", repeating.NeverRepeats),
    Switch("--repeat-for-ever", "repeats a create as long as it lives", repeating.RepeatsForEver),
    Switch(
        "--regenerate-on-failure",
        "orders another video where one failed",
        repeating.Regenerates,
    ),
    Switch(
        "--regenerate-on-poll-error",
        "orders another video where a poll failed",
        repeating.RegeneratesOnLookup,
    ),
    # waiting
    Switch(
        "--ignore-retry-after",
        "repeats after a second at most",
        repeating.DeafToRetryAfter,
    ),
    Switch(
        "--ignore-http-date",
        "reads seconds only",
        retry_after.reading("no-date"),
    ),
    Switch(
        "--crash-on-http-date",
        "breaks on a date or a word",
        retry_after.reading("crash"),
    ),
    Switch(
        "--ignore-body-retry-after",
        "reads the header only",
        retry_after.reading("header"),
    ),
    Switch(
        "--shorter-retry-after",
        "takes the shorter of header and body",
        retry_after.reading("shorter"),
    ),
    Switch(
        "--junk-is-now",
        "repeats at once after a word",
        retry_after.reading("junk-is-now"),
    ),
    Switch("--hammer-429", "repeats ten times a second", repeating.HammersAfter429),
    Switch("--sleep-for-a-day", "sleeps as told", retry_after.SleepsForADay),
    # polling
    Switch("--no-poll-url", "builds the path itself", polls_at(polling.usual)),
    Switch(
        "--legacy-poll-path",
        "polls the older path",
        polls_at(polling.legacy),
    ),
    Switch("--decode-poll-url", "decodes poll_url", polls_at(polling.decoded)),
    Switch(
        "--join-base-and-path",
        "asks for /v1/v1/tasks",
        polls_at(polling.joined),
    ),
    Switch(
        "--concatenate-poll-url",
        "appends an absolute poll_url to the base",
        polls_at(polling.concatenated),
    ),
    Switch("--need-poll-url", "gives up without poll_url", polls_at(polling.required)),
    Switch("--only-id", "needs id", polling.KnowsOneId),
    Switch("--only-task-id", "needs task_id", polling.KnowsOnlyTaskId),
    Switch("--poll-every-100ms", "polls ten times a second", polls_every(0.1)),
    Switch("--poll-every-2s", "polls every 2 s", polls_every(2.0)),
    Switch("--keep-polling", "polls after the end", polling.KeepsPolling),
    Switch("--progress-ends", "believes progress 100", polling.TrustsProgress),
    Switch("--crash-on-missing-progress", "needs progress", polling.NeedsProgress),
    Switch("--crash-on-unknown-field", "knows all members", polling.NeedsKnownMembers),
    Switch("--unknown-status-fails", "knows all words", polling.NeedsKnownStatus),
    Switch("--going-back-fails", "fails at pending again", polling.NeverGoesBack),
    Switch(
        "--stop-on-poll-error",
        "takes a failed poll for a failed task",
        polling.StopsOnError,
    ),
    Switch(
        "--hammer-polls",
        "repeats failed polls at once",
        polling.HammersOnError,
    ),
    Switch(
        "--poll-through-refusals",
        "polls on after 401, 403 and 404",
        polling.PollsThrough,
    ),
    Switch(
        "--refusal-is-failure",
        "reports a refused poll as a failed task",
        polling.RefusalIsFailure,
    ),
    Switch("--poll-after-refusal", "polls without a task", polling.PollsAfterRefusal),
    Switch(
        "--create-anew-if-gone",
        "orders another video where a poll is refused",
        polling.CreatesAnewIfGone,
    ),
    Switch("--no-deadline", "polls for ever", polling.NoDeadline),
    Switch(
        "--deadline-is-failure",
        "reports a running task as failed",
        polling.DeadlineIsFailure,
    ),
    Switch("--need-pending", "needs a pending task", polling.StartsPending),
    Switch("--cross-results", "mixes tasks up", results.CrossesResults),
    Switch("--billing-id-in-path", "polls the billing id", polling.PollsByBill),
    Switch("--forget-ids", "reports no ids", results.DropsIds),
    Switch(
        "--wait-for-billing-id",
        "polls on until there is a billing id",
        polling.ShowsBillOnly,
    ),
    # results
    Switch(
        "--cancelled-is-success",
        "takes a cancelled task for a completed one",
        takes_for_success(Cancelled),
    ),
    Switch(
        "--cancelled-is-failure",
        "does not know cancelled",
        results.CancelledIsFailure,
    ),
    Switch(
        "--failed-is-success",
        "takes a failed task for a completed one",
        takes_for_success(Failed),
    ),
    Switch(
        "--completed-without-url-is-success",
        "needs no file",
        takes_for_success(Failed, "no_video"),
    ),
    Switch(
        "--only-video-url",
        "looks at video_url only",
        finds(results.only_video_url),
    ),
    Switch("--only-video", "looks at video.url only", finds(results.only_video)),
    Switch("--only-videos", "looks at videos only", finds(results.only_videos)),
    Switch("--first-video-only", "reports one of several", finds(results.first_only)),
    Switch(
        "--crash-on-error-string",
        "needs an object",
        results.crashes_unless(dict),
    ),
    Switch(
        "--crash-on-error-object",
        "needs a string",
        results.crashes_unless(str),
    ),
    Switch("--swallow-reason", "does not say why", results.SaysNothing),
    Switch("--error-is-success", "swallows every error", results.EveryErrorIsSuccess),
    # cancelling
    Switch(
        "--repeat-cancel",
        "cancels again",
        cancelling.RepeatsRefusedCancel,
    ),
    Switch(
        "--lost-cancel-ends",
        "reports a failure after a lost cancel",
        cancelling.LostCancelIsTheEnd,
    ),
    Switch(
        "--refused-cancel-ends",
        "gives up after a refused cancel",
        cancelling.RefusedCancelIsTheEnd,
    ),
    Switch("--only-stop-polling", "sends no DELETE", cancelling.OnlyStopsPolling),
    Switch(
        "--believe-in-cancel",
        "reports cancelled without a look",
        cancelling.BelievesInCancel,
    ),
    Switch("--cancel-legacy-path", "cancels elsewhere", cancelling.CancelsByPollUrl),
    Switch("--poll-after-cancel", "polls on", cancelling.PollsAfterCancel),
    Switch("--cancel-on-error", "cancels after a failed poll", cancelling.CancelsOnError),
    Switch(
        "--cancel-at-deadline",
        "cancels when its time is over",
        cancelling.CancelsAtTheDeadline,
    ),
    # the wire
    Switch("--read-once", "reads one piece", wire.ReadsOnce),
    Switch("--slow-is-failure", "fails where a poll takes long", wire.SlowIsFailure),
    Switch("--wait-2s", "allows 2 s", wire.WaitsTwoSeconds),
    Switch("--keep-connection", "needs its connection", wire.KeepsOneConnection),
    Switch("--early-hints", "takes 103 for the end", wire.EarlyHintsAreTheAnswer),
    Switch("--cut-poll-is-end", "takes a cut for the end", results.CutPollIsTheEnd),
    Switch("--exact-content-type", "needs no charset", results.NeedsAReadableCreate),
    # downloading
    Switch("--decode-asset-url", "decodes the link", downloading.DecodesUrls),
    Switch("--accept-cut-download", "keeps half a file", downloading.AcceptsCut),
    Switch("--append-ignoring-200", "appends the whole", downloading.AppendsWhatever),
    Switch("--one-link", "repeats an expired link", downloading.KnowsOneLink),
    Switch("--buy-another", "creates for a fresh link", downloading.BuysAnother),
    Switch("--download-once", "tries once", downloading.TriesOnce),
    Switch("--head-first", "depends on HEAD", downloading.AsksForTheHead),
    Switch("--hammer-assets", "repeats at once", downloading.Hurries),
)

BY_NAME = {switch.name: switch for switch in SWITCHES}


def listed() -> str:
    """Return every habit with the checks that it turns red, as JSON."""
    red = table()
    rows = [
        {"switch": one.name, "does": one.does, "red": red.get(one.name, {})} for one in SWITCHES
    ]
    return json.dumps(rows, indent=1)


def table() -> dict[str, dict[str, list[str]]]:
    """Return which checks of which cases each habit turns red, as `table.py` found it."""
    return tomllib.loads(TABLE.read_text()) if TABLE.exists() else {}


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
