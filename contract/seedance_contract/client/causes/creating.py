"""Causes around the create request: duplicates, retries, and requests that the API refuses."""

from __future__ import annotations

from seedance_contract.cause import Cause, code
from seedance_contract.declared.sources import openapi, page

CAUSES = (
    Cause(
        id="blind-create-retry",
        title="A create is repeated although the first one may have succeeded",
        happened="The client sent a create, did not receive a usable response, and sent the same"
        " create again. The API may have accepted the first one.",
        consequence="Each create is a paid video. The user pays twice for one job, and nobody polls"
        " the first task.",
        fix="Do not let a retry policy cover POST /v1/videos/generations. After a timeout, a broken"
        " connection or a 504, report that the outcome is unknown, with the id of the request."
        " Repeat a create only after a response that says that it had no effect: a 429 or a 503"
        " with `retryable: true`.",
        hints={
            "python": code("""
                # requests, urllib3: POST is not among the methods that are repeated by default.
                Retry(total=3, allowed_methods={"GET", "DELETE"}, status_forcelist={503})
                # httpx: retries of the transport concern connecting only.
                transport = httpx.HTTPTransport(retries=0)
            """),
            "javascript": code("""
                const idempotent = ["GET", "DELETE"];
                const mayRepeat = (request, response) =>
                  idempotent.includes(request.method) || response?.status === 429;
            """),
        },
        source=page("error-handling, async-jobs-polling"),
    ),
    Cause(
        id="create-without-its-key",
        title="A create under /api/v3 is repeated without its Idempotency-Key",
        happened="The client did not learn what became of a create, and sent it again: without an"
        " Idempotency-Key, or with another one than the first time.",
        consequence="Each create without the key of the first is another task, and each is billed."
        " Nobody polls the first one.",
        fix="Choose an Idempotency-Key for each video before the first create, and send every"
        " repetition with it and the same body. If you send no key, repeat no create. SDKs that"
        " retry by themselves send none: pass one with each create, or switch their retries off.",
        hints={
            "python": code("""
                # volcenginesdkarkruntime: it repeats a create on timeouts, 408, 409, 429 and 5xx.
                key = str(uuid.uuid4())  # stored with the job
                tasks.create(model=model, content=content, extra_headers={"Idempotency-Key": key})
            """),
            "javascript": code("""
                const headers = { ...auth, "Idempotency-Key": job.key };
                const create = () => fetch(url, { method: "POST", headers, body });
            """),
        },
        source=page("create-volc: Idempotency-Key"),
    ),
    Cause(
        id="duplicate-create",
        title="One job is created more than once",
        happened="The client sent more creates than it had jobs, although every response arrived.",
        consequence="Each create is a paid video, so the user pays several times for one job.",
        fix="Send the create in one place, outside of any loop that waits for the result. If a user"
        " interface can submit twice, remember that the job has been sent.",
        hints={
            "python": code("""
                task = create(job)          # once
                while task["status"] not in ("completed", "failed"):
                    time.sleep(5)
                    task = poll(task["poll_url"])
            """),
            "javascript": code("""
                let task = await create(job); // once
                while (!["completed", "failed"].includes(task.status)) {
                  await new Promise((resolve) => setTimeout(resolve, 5000));
                  task = await poll(task.poll_url);
                }
            """),
        },
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="refusal-repeated",
        title="A refused request is sent again unchanged",
        happened="The API refused a request for a reason that does not go away: a wrong key, an"
        " invalid field, no credit, no permission. The client sent it again.",
        consequence="The repeated request is refused again. It uses up the rate limit, delays the"
        " error that the user has to see, and can get a key blocked.",
        fix="Report 400, 401, 402, 403, 404 and 413 to the user at once. If the error has"
        " `retryable`, obey it whatever the status is.",
        hints={
            "python": code("""
                def may_repeat(response):
                    error = response.json().get("error", {})
                    return error.get("retryable", response.status_code in (429, 500, 502, 503))
            """),
            "javascript": code("""
                const mayRepeat = (status, error) =>
                  error?.retryable ?? [429, 500, 502, 503].includes(status);
            """),
        },
        source=page("error-handling"),
    ),
    Cause(
        id="request-altered",
        title="The client changes what its user asked for",
        happened="The client sent a create with another model, resolution or field than its job"
        " names, in most cases after the API had refused the original.",
        consequence="The user pays for a video that nobody ordered: of another model, smaller, or"
        " without an option that was chosen.",
        fix="Send the user's choices unchanged. Show the suggestion of an error (`did_you_mean`,"
        " `suggestions`, `recommended_request`) to the user, and let the user decide.",
        source=page("best-practices, agent-first-api"),
    ),
    Cause(
        id="retry-after-ignored",
        title="Retry-After is ignored",
        happened="The API said how long to wait, in the header Retry-After or in"
        " `error.retry_after`. The client sent its next request earlier.",
        consequence="The early request is refused too and counts against the rate limit, so that"
        " the client is shut out for longer.",
        fix="Wait at least as long as the response says. Retry-After is a number of seconds or a"
        " date; without it `error.retry_after` counts, and of two values the longer one. If that"
        " is longer than your deadline, report the error instead.",
        hints={
            "python": code("""
                def retry_after(response, default=5.0):
                    value = response.headers.get("Retry-After", "")
                    if value.isdigit():
                        return float(value)
                    try:
                        date = email.utils.parsedate_to_datetime(value)
                    except ValueError:
                        error = response.json().get("error", {})
                        return float(error.get("retry_after") or default)
                    return max(0.0, date.timestamp() - time.time())
            """),
            "javascript": code("""
                function retryAfterMs(response, error) {
                  const value = response.headers.get("retry-after") ?? error?.retry_after;
                  if (Number(value) >= 1) return Number(value) * 1000;
                  // A date, or something that is neither: wait for at least 5 s.
                  return Math.max(Date.parse(value) - Date.now(), 5000) || 5000;
                }
            """),
        },
        source=page("rate-limits, error-handling"),
    ),
    Cause(
        id="create-retried-in-haste",
        title="A create is repeated too soon or too often",
        happened="The API refused a create for the moment. The client repeated it without a pause,"
        " or many times over.",
        consequence="A server that is overloaded gets more load, and the client reaches the rate"
        " limit of its key, which other jobs share.",
        fix="Repeat a create three times at most, with growing pauses and some randomness, and then"
        " report the error.",
        hints={
            "python": code("""
                for attempt in range(4):
                    response = create(job)
                    if response.status_code not in (429, 503):
                        break
                    time.sleep(max(retry_after(response), 2**attempt + random.random()))
            """),
            "javascript": code("""
                for (let attempt = 0; attempt < 4; attempt++) {
                  response = await create(job);
                  if (![429, 503].includes(response.status)) break;
                  const backoff = 1000 * (2 ** attempt + Math.random());
                  const pause = Math.max(retryAfterMs(response), backoff);
                  await new Promise((resolve) => setTimeout(resolve, pause));
                }
            """),
        },
        source=page("error-handling, agent-first-api"),
    ),
    Cause(
        id="retryable-create-abandoned",
        title="The client gives up on a create that it could repeat",
        happened="The API refused a create with a 429, which says that it had no effect and when to"
        " repeat it. The client reported an error instead.",
        consequence="Jobs fail whenever the API is busy, although a short pause would be enough.",
        fix="After a 429 wait as long as Retry-After says and send the same create again, a few"
        " times at most.",
        source=page("rate-limits"),
    ),
    Cause(
        id="restart-forgets-task",
        title="A restart forgets the task that was created",
        happened="The client was killed after a create and started again. It sent a new create, or"
        " did not continue with the task that exists.",
        consequence="A crash or a deployment in the middle of a job costs a second video, and the"
        " first one, which is paid, is never fetched.",
        fix="Write the id of the task to a file or a database as soon as the create succeeds,"
        " before the first poll. At a start, look there first.",
        hints={
            "python": code("""
                task = create(job)
                state_file.write_text(json.dumps({"job": job.id, "poll_url": task["poll_url"]}))
            """),
            "javascript": code("""
                const task = await create(job);
                await fs.writeFile(stateFile, JSON.stringify({ job: job.id, url: task.poll_url }));
            """),
        },
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="late-task-abandoned",
        title="A task that was created slowly is not polled",
        happened="The response to a create took some seconds. The client did not use it.",
        consequence="The video is made and paid for, and the user never receives it.",
        fix="Allow at least 30 s for the response to a create, and poll the task that it names.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="invalid-request",
        title="The client sends requests that break the contract",
        happened="The create request is not what the documents describe: its JSON, a value, or a"
        " field.",
        consequence="The API refuses the request, or refuses it as soon as it becomes stricter.",
        fix="Compare the request with the contract: `seedance-mock check-request FILE` lists every"
        " violation with the rule and its source. Send JSON with your HTTP library's own"
        " option, which sets Content-Type and length.",
        hints={
            "python": code("""
                httpx.post(url, headers={"Authorization": f"Bearer {key}"}, json=body)
            """),
            "javascript": code("""
                await fetch(url, {
                  method: "POST",
                  headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
                  body: JSON.stringify(body),
                });
            """),
        },
        source=openapi("VideoGenerationRequest"),
    ),
    Cause(
        id="error-not-understood",
        title="An error of the API is not understood",
        happened="The API, or a proxy in front of it, responded with an error in another form than"
        " the client expects. The client took it for something else, or showed a crash of its"
        " parser.",
        consequence="The user does not learn what to do, and support has nothing to work with.",
        fix="Decide by the status first. Parse the body only if it is JSON, take every member but"
        " `message` as optional, and show the status if there is nothing else.",
        hints={
            "python": code("""
                def error_message(response):
                    try:
                        return response.json()["error"]["message"]
                    except (ValueError, KeyError, TypeError):
                        return f"HTTP {response.status_code}"
            """),
            "javascript": code("""
                async function errorMessage(response) {
                  try {
                    return (await response.json()).error.message;
                  } catch {
                    return `HTTP ${response.status}`;
                  }
                }
            """),
        },
        source=page("error-handling"),
    ),
    Cause(
        id="catalogue-built-in",
        title="Models and prices are built into the client",
        happened="The client did not use what the API says about models and prices.",
        consequence="New models do not appear, and users see prices that are no longer true.",
        fix="Read GET /v1/models and GET /v1/pricing, once at the start, and show what they say.",
        source=page("list-models, get-pricing"),
    ),
    Cause(
        id="catalogue-read-too-often",
        title="Models and prices are requested again and again",
        happened="The client requested the catalogue more than once during one job.",
        consequence="The catalogue has a rate limit of its own. When it is used up, jobs cannot"
        " start.",
        fix="Keep the response for some minutes, for all jobs of the process.",
        hints={
            "python": code("""
                @functools.cache
                def models():
                    return httpx.get(f"{base_url}/v1/models").json()["data"]
            """),
            "javascript": code("""
                let models;
                const listModels = () => (models ??= fetch(`${baseUrl}/v1/models`));
            """),
        },
        source=page("rate-limits"),
    ),
)
"""The causes, the costliest first."""
