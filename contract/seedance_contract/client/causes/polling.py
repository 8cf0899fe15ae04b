"""Causes around the status of a task: how it is polled, and what the client makes of it."""

from __future__ import annotations

from seedance_contract.cause import Cause, code
from seedance_contract.declared.sources import openapi, page, standard

CAUSES = (
    Cause(
        id="callbacks-trusted",
        title="The client takes callbacks for all that it needs",
        happened="The client waited for a callback that never came, or took one that came twice for"
        " the ends of two tasks.",
        consequence="A job waits for ever, or ends before its video exists. Callbacks have no"
        " signature and no id of their own, so that anybody can send one.",
        fix="Take a callback as a reason to poll the task now, and keep what has ended by the id of"
        " the task. Poll also when no callback comes, if less often.",
        hints={
            "python": code("""
                while len(ended) < len(task_ids):
                    reported = callbacks.wait(poll_interval)  # ids, empty after the interval
                    for task_id in reported or task_ids:
                        task = poll(task_id)
                        if task["status"] in ENDED:
                            ended[task_id] = task             # by id: a second one changes nothing
            """),
            "javascript": code("""
                while (ended.size < taskIds.length) {
                  const reported = await callbacks.wait(pollInterval); // ids, empty after it
                  for (const id of reported.length ? reported : taskIds) {
                    const task = await poll(id);
                    if (ENDED.includes(task.status)) ended.set(id, task);
                  }
                }
            """),
        },
        source=page("create-volc: callback_url"),
    ),
    Cause(
        id="failed-poll-taken-for-failure",
        title="A failed poll is taken for a failed video",
        happened="One poll failed: a 503, a broken connection, a truncated body. The client gave"
        " the task up.",
        consequence="The video goes on and is charged, but the user never receives it. If the"
        " client creates it again, the user pays twice.",
        fix="The status of a task and the outcome of a poll are two things. After a failed poll"
        " wait, and poll the same task again.",
        hints={
            "python": code("""
                try:
                    task = poll(task["poll_url"])
                except (httpx.TransportError, httpx.HTTPStatusError):
                    time.sleep(backoff)     # the task is as it was
            """),
            "javascript": code("""
                try {
                  task = await poll(task.poll_url);
                } catch {
                  await sleep(backoff); // the task is as it was
                }
            """),
        },
        source=page("async-jobs-polling, best-practices"),
    ),
    Cause(
        id="paid-again",
        title="A task that failed is created again without asking",
        happened="A task ended without a video, or could not be found. The client sent another"
        " create on its own.",
        consequence="A request that the model refuses is refused again, for money; a task that is"
        " only out of sight is paid for twice.",
        fix="Report the failure with its reason. Leave it to the user whether to pay for another"
        " attempt.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="polling-too-fast",
        title="The client polls too fast",
        happened="The pauses between requests about one task were shorter than the documents"
        " allow.",
        consequence="Each poll counts against the rate limit of the key. At the limit all jobs of"
        " the workspace stop.",
        fix="Wait at least 5 s between two polls. After an error wait longer, twice as long each"
        " time.",
        hints={
            "python": code("""
                delay = 5.0
                while task["status"] not in ("completed", "failed"):
                    time.sleep(delay)
                    delay = min(delay * 1.5, 30.0)
                    task = poll(task["poll_url"])
            """),
            "javascript": code("""
                for (let delay = 5000; !isFinal(task); delay = Math.min(delay * 1.5, 30000)) {
                  await sleep(delay);
                  task = await poll(task.poll_url);
                }
            """),
        },
        source=page("get-video-status, async-jobs-polling"),
    ),
    Cause(
        id="polling-after-the-end",
        title="The client goes on polling a task that has ended",
        happened="A response showed that the task is completed or failed. The client polled it"
        " again.",
        consequence="The requests are useless and count against the rate limit.",
        fix="Stop at `completed` and at `failed`. A cancelled task is `failed` too. Do not wait for"
        " members such as `billing_transaction_id`.",
        hints={
            "python": 'is_final = task["status"] in ("completed", "failed")',
            "javascript": 'const isFinal = ["completed", "failed"].includes(task.status);',
        },
        source=page("async-jobs-polling, best-practices"),
    ),
    # Not `no-deadline`: the API has given a final answer here, so another deadline would change
    # nothing.
    Cause(
        id="hopeless-polling",
        title="The client polls on after an error that will not go away",
        happened="A poll was refused with a 401, 403 or 404. The client sent the same poll again"
        " and again.",
        consequence="The job never ends, and its requests use up the rate limit of the key.",
        fix="After a 401, 403 or 404 stop polling, and show the error and the id of the task. Do"
        " not call the video failed: nobody knows.",
        source=page("error-handling"),
    ),
    Cause(
        id="no-deadline",
        title="The client waits without a limit",
        happened="The API did not respond, or responded with the same error for ever. The client"
        " did not end on its own.",
        consequence="Jobs hang until somebody notices, and hold a connection, a thread or a CI"
        " runner meanwhile.",
        fix="Give each request a timeout and each job a deadline. At the deadline report a timeout"
        " with the id of the task.",
        hints={
            "python": code("""
                deadline = time.monotonic() + 1800
                while time.monotonic() < deadline:
                    task = poll(task["poll_url"], timeout=30)
            """),
            "javascript": code("""
                const response = await fetch(url, { signal: AbortSignal.timeout(30000) });
            """),
        },
        source=page("async-jobs-polling"),
    ),
    # Not `failed-poll-taken-for-failure`: this client did poll on, and reports its own timeout as
    # the outcome of the task.
    Cause(
        id="timeout-called-failure",
        title="A task that was given up is reported as failed",
        happened="The client stopped waiting for a task that had not ended. It reported a failed"
        " video, or lost the id of the task.",
        consequence="The video may be completed and charged a minute later, while the user orders"
        " it again.",
        fix="Report a timeout as something of its own, with the id of the task, so that the user"
        " can look it up later.",
        source=page("get-video-status, async-jobs-polling"),
    ),
    Cause(
        id="poll-url-not-followed",
        title="The client does not poll where the task is",
        happened="The response to the create says where the task is, in `poll_url` or by its id."
        " The client polled another URL, or none.",
        consequence="The task is not found. It is made and paid for, and the user does not receive"
        " it.",
        fix="Resolve `poll_url` against the base URL as a browser resolves a link, and change"
        " nothing in it. Without it use /v1/tasks/{id}, with `id` or `task_id`.",
        hints={
            "python": 'url = urllib.parse.urljoin(base_url, task["poll_url"])',
            "javascript": "const url = new URL(task.poll_url, baseUrl);",
        },
        source=page("get-task-status"),
    ),
    Cause(
        id="tasks-mixed-up",
        title="Several tasks are mixed up",
        happened="The client had several jobs. It did not poll each at its own URL, or gave the"
        " result of one job to another.",
        consequence="Users receive the videos of others, or pay for videos that nobody fetches.",
        fix="Keep the task together with its job, and no id in a variable that all jobs share.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="status-guessed",
        title="The client does not decide by the status",
        happened="The client ended a job too early: because of the progress, or because of a status"
        " that it does not know.",
        consequence="The user is told that there is no video, or gets an empty one, while the paid"
        " one is still being made.",
        fix="Only `completed` and `failed` end a task. Everything else, also an unknown status,"
        " means: not yet.",
        hints={
            "python": 'is_final = task["status"] in ("completed", "failed")',
            "javascript": 'const isFinal = ["completed", "failed"].includes(task.status);',
        },
        source=page("get-task-status, best-practices"),
    ),
    Cause(
        id="response-read-too-strictly",
        title="A valid response makes the client fail",
        happened="A response had a member that the client does not know, lacked one that is"
        " optional, or had a value of another type. The client gave up.",
        consequence="An addition to the API, which needs no new version, breaks the client while"
        " paid tasks are running.",
        fix="Read only the members that you need, take optional ones as optional, and ignore the"
        ' rest. Switch off `additionalProperties: false`, `extra="forbid"` and the like for'
        " responses.",
        hints={
            "python": code("""
                class Task(pydantic.BaseModel, extra="ignore"):
                    status: str
                    progress: object = None
            """),
            "javascript": "const { status, video_url: url = null } = task;",
        },
        source=openapi("VideoTaskResponse: additionalProperties"),
    ),
    Cause(
        id="http-assumptions",
        title="The client cannot read a response that HTTP allows",
        happened="The response was valid HTTP, but in a form that the client did not expect: in"
        " chunks, slow, on a connection that closes, or with other letter case.",
        consequence="The client works on a developer's machine, and fails behind a proxy or on a"
        " slow line. If it repeats a create then, the user pays twice.",
        fix="Leave HTTP to a library. Read until the end of the body, compare header names without"
        " regard to case, and open a new connection if an idle one was closed.",
        source=standard("RFC 9110 and RFC 9112"),
    ),
    # The author of a client cannot fix it without another HTTP library, and the API is not known to
    # send interim responses. So the fix names libraries, and the case does not count for CORRECT.
    Cause(
        id="interim-response",
        title="An interim response is taken for the response",
        happened="The server sent a 103 (Early Hints) before its response. The HTTP library of the"
        " client returned the 103, which has no body, and dropped the rest.",
        consequence="The API is not known to send interim responses. A proxy or a content delivery"
        " network in front of it may begin to, and then every request of the client fails.",
        fix="Only the HTTP library can do it. Python's http.client cannot, and so neither can"
        " urllib, urllib3 and requests; httpx can. So can curl, fetch in Node, and the libraries of"
        " Go, PHP and Ruby.",
        source=standard("RFC 9110, 15.2"),
    ),
    Cause(
        id="cancelled-at-deadline",
        title="A task is cancelled because the client has no more time to wait",
        happened="The deadline of the client was over. It cancelled a task that nobody had asked it"
        " to cancel.",
        consequence="A video that may be nearly ready is lost, and the time in the queue with it.",
        fix="At the deadline stop polling, and report the id of the task. Cancel only if the user"
        " says so.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="cancellation-misread",
        title="The outcome of a cancellation is misread",
        happened="The client cancelled a task, or found it cancelled, and drew the wrong"
        " conclusion: it cancelled again, gave up, or reported something else.",
        consequence="A task that could not be cancelled is completed and charged, and nobody"
        " fetches its video.",
        fix="Send DELETE once. After a 200 the task is cancelled; after a 400 or 409 it goes on, so"
        " poll it; after a lost response poll it to find out. `cancelled: true` tells a"
        " cancelled task from a failed one.",
        hints={
            "python": code("""
                response = httpx.delete(task_url, headers=headers)
                task = response.json() if response.is_success else wait_for_the_end(task)
                outcome = "cancelled" if task.get("cancelled") else task["status"]
            """),
            "javascript": code("""
                const response = await fetch(taskUrl, { method: "DELETE", headers });
                const ended = response.ok ? await response.json() : await waitForTheEnd(task);
                const outcome = ended.cancelled ? "cancelled" : ended.status;
            """),
        },
        source=page("cancel-task"),
    ),
)
"""The causes, the costliest first."""
