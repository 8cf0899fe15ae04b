"""Causes around the outcome: results, downloads, and what the client reports to its user."""

from __future__ import annotations

from seedance_contract.cause import Cause, code
from seedance_contract.declared.sources import openapi, page, standard

CAUSES = (
    Cause(
        id="failure-reported-as-success",
        title="A failure is reported as a success",
        happened="There is no video: the API refused the request, or the task failed or was"
        " cancelled. The client ended as if all was well.",
        consequence="The program that started the client goes on with a video that does not exist.",
        fix="Exit with a status other than 0, or raise an error, unless the task is `completed` and"
        " has a video.",
        hints={
            "python": code("""
                if task["status"] != "completed" or not task.get("video_url"):
                    sys.exit(f"no video: {task.get('error')}")
            """),
            "javascript": code("""
                if (task.status !== "completed" || !task.video_url) {
                  console.error("no video:", task.error);
                  process.exit(1);
                }
            """),
        },
        source=page("async-jobs-polling"),
    ),
    # Not `result-not-found`: that client knows that the task is completed, and reads the wrong
    # member.
    Cause(
        id="success-not-recognised",
        title="A completed task is not reported as a success",
        happened="A response showed a completed task with its video. The client did not use it.",
        consequence="The user paid for a video that the client throws away.",
        fix="Look at the status of every response with a task, also of the response to the create:"
        " a task may be completed at once.",
        source=openapi("VideoTaskResponse"),
    ),
    Cause(
        id="result-not-found",
        title="The client does not find the video in the task",
        happened="The completed task had the URL of the video in a documented member. The client"
        " did not report it.",
        consequence="The user paid for the video and does not get it.",
        fix="Look in `video_url`, then in `video.url`, then in every entry of `videos`.",
        hints={
            "python": code("""
                urls = [
                    task.get("video_url"),
                    (task.get("video") or {}).get("url"),
                    *(video.get("url") for video in task.get("videos") or []),
                ]
                url = next(filter(None, urls), None)
            """),
            "javascript": code("""
                const others = (task.videos ?? []).map((video) => video.url);
                const urls = [task.video_url, task.video?.url, ...others];
                const url = urls.find(Boolean);
            """),
        },
        source=page("video-generation"),
    ),
    Cause(
        id="reason-hidden",
        title="The user does not learn why a task failed",
        happened="The task failed with a reason. The client did not show it.",
        consequence="Users try the same thing again and pay for it, because nobody told them what"
        " to change.",
        fix="Show `error`. It is a text, or an object with `message`.",
        hints={
            "python": code("""
                error = task.get("error")
                reason = error.get("message") if isinstance(error, dict) else error
            """),
            "javascript": "const reason = task.error?.message ?? task.error;",
        },
        source=openapi("VideoTaskResponse.error"),
    ),
    Cause(
        id="download-damaged",
        title="A damaged file is saved as the video",
        happened="The file that the client saved is not the file that the API served: the download"
        " broke off, or parts were joined wrongly, or the URL was changed.",
        consequence="The user has a video that does not play, and the link to the good one"
        " expires.",
        fix="Request the URL exactly as it is. Write to a temporary file, compare its size with"
        " Content-Length, and rename it at the end. Append only after a 206.",
        hints={
            "python": code("""
                with httpx.stream("GET", url) as response:
                    for chunk in response.iter_bytes():
                        part.write(chunk)
                if part.tell() != int(response.headers["Content-Length"]):
                    raise OSError("the download is incomplete")
            """),
            "javascript": code("""
                const response = await fetch(url);
                const file = Buffer.from(await response.arrayBuffer());
                if (file.length !== Number(response.headers.get("content-length"))) {
                  throw new Error("the download is incomplete");
                }
            """),
        },
        source=standard("RFC 9110, 14.2 and RFC 9112, 8"),
    ),
    Cause(
        id="download-abandoned",
        title="A download that could be repeated is given up",
        happened="The download failed for the moment, or its link had expired. The client gave the"
        " video up, or repeated the request without a pause.",
        consequence="The user paid for a video that is still there, and does not get it.",
        fix="Repeat the GET after a pause. After a 403 poll the task: the response has a new link.",
        source=page("async-jobs-polling, error-handling"),
    ),
    Cause(
        id="ids-confused",
        title="The ids of task, charge and request are confused or lost",
        happened="A response has three ids: of the request, the task and the charge. The client"
        " used one for another, or did not keep them.",
        consequence="Requests go to tasks that do not exist, and a wrong charge cannot be"
        " disputed, because nobody can name it.",
        fix="Use `id` or `task_id` for tasks only. Log X-Request-ID, the id of the task and"
        " `billing_transaction_id`, each under its own name.",
        source=page("observability, best-practices"),
    ),
    Cause(
        id="prices-rounded",
        title="Prices lose digits",
        happened="The client showed a price with fewer digits than the API gives.",
        consequence="The sum of many jobs differs from the invoice.",
        fix="Prices are decimal numbers in strings. Compute with decimals, not with floating"
        " point.",
        hints={
            "python": 'price = decimal.Decimal(entry["price"])',
            # JavaScript has no decimal numbers: the hint must not compute.
            "javascript": "const price = entry.price; // a string: show it as it is",
        },
        source=openapi("GET /v1/pricing"),
    ),
)
"""The causes, the costliest first."""
