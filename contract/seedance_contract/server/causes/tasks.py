"""Causes around tasks: their status, their cancellation, and where they are found."""

from __future__ import annotations

from seedance_contract.cause import Cause
from seedance_contract.declared.sources import openapi, page

CAUSES = (
    Cause(
        id="status-goes-back",
        title="The status of a task goes back or changes after its end",
        happened="A read showed an earlier status than the one before, or a task changed that had"
        " ended.",
        consequence="Clients that trust the first final status lose a video, and those that do not"
        " poll for ever.",
        fix="Store the status, and let it go in one direction only. Read it from one place: a"
        " replica or a cache that lags behind shows a status that is over.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="task-not-found",
        title="A task cannot be found again",
        happened="The response to a create names a task. Its id, its `poll_url` or its older path"
        " did not lead to that task later.",
        consequence="The video is made and charged, and nobody can fetch it.",
        fix="Return `id` and `task_id` with the same value and `poll_url` as the path"
        " /v1/tasks/{id}, and keep the task after its end and after its cancellation. A gateway"
        " that rewrites paths has to rewrite `poll_url` as well.",
        source=page("get-task-status, async-jobs-polling"),
    ),
    Cause(
        id="task-never-ends",
        title="A task does not come to an end",
        happened="A task was neither completed nor failed within the time that the run allows.",
        consequence="Clients poll until their own deadline, and the money stays reserved.",
        fix="Give each task a limit after which it fails. If your models are slower than the limit"
        " of this run, raise it.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="task-incomplete",
        title="A task lacks what its status promises",
        happened="A task was shown with a wrong status, time, model or result: completed without a"
        " video, or with a video before its end.",
        consequence="Clients report a success without a video, or give up on a task that is well.",
        fix="Build the task from the stored record in one function: `pending` at first,"
        " `video_url` and `video` when it is completed, `updated` whenever it changes.",
        source=page("get-task-status"),
    ),
    Cause(
        id="read-changes-task",
        title="Reading a task changes it",
        happened="A read changed the task or the account, although nothing had happened.",
        consequence="The outcome depends on how often a client polls, so failures cannot be"
        " repeated.",
        fix="Let GET compute what it shows, and change the record only when the task itself moves.",
        source=page("async-jobs-polling"),
    ),
    Cause(
        id="cancellation-wrong",
        title="A cancellation is not handled as documented",
        happened="A cancel was accepted or refused at the wrong time, or the task does not show it"
        " as documented.",
        consequence="Customers pay for a video that they cancelled, or lose one that was already"
        " being made.",
        fix="Accept a cancel only while the task is `pending` and its model can be cancelled. Then"
        " the task is `failed` with `cancelled: true`. Otherwise respond with 409"
        " `task_not_cancellable`, or with 400 `unsupported_task_cancel` for the model.",
        source=page("cancel-task"),
    ),
    Cause(
        id="cancellation-race",
        title="A cancellation and another change both take effect",
        happened="A cancel arrived together with another cancel, or with the start or end of the"
        " task. The responses contradict each other, whatever their order was.",
        consequence="A task counts as cancelled and as running at once. It is charged or not by"
        " chance.",
        fix="Change the status with a condition: `update … where status = 'pending'`. Exactly one"
        " of two requests changes a row; the other one is a 409.",
        source=page("cancel-task"),
    ),
    Cause(
        id="callback-wrong",
        title="Callbacks do not come as documented",
        happened="A callback was missing, came in another order or with another body, was repeated"
        " too often or not at all, followed a redirect, or contained the API key.",
        consequence="A client that waits for callbacks never hears of its video, or a stranger"
        " receives what was meant for it.",
        fix="Record each change of status in the transaction that makes it, send what a get of the"
        " task shows, and count the attempts there: one, and up to three more for an end that no"
        " 2xx acknowledges within 5 s. Follow no redirects, and send no credentials.",
        source=page("create-volc: callback_url"),
    ),
    Cause(
        id="list-wrong",
        title="The list of tasks is not what its filters ask for",
        happened="A list under /api/v3 lacked tasks that match its filters, had others, put a task"
        " on two pages, or had another `total`.",
        consequence="A client that lost an id cannot find its task again, and pays for a second"
        " video.",
        fix="Apply every filter before the page is cut out, count `total` before it too, and order"
        " the tasks by something that two tasks never share. `filter.task_ids` is repeated for"
        " several ids.",
        source=openapi("GET /api/v3/contents/generations/tasks"),
    ),
    Cause(
        id="video-differs",
        title="The video is not what was requested",
        happened="A request was accepted, and its video has another length, size or price than it"
        " asked for.",
        consequence="Customers pay for something else than they ordered, without an error that"
        " says so.",
        fix="Refuse with a 400 what a model cannot make. Never replace a resolution or a duration"
        " by another one.",
        source=page("create-video"),
    ),
    Cause(
        id="continuation-wrong",
        title="A video cannot be continued as documented",
        happened="A create with `task_id` was refused for a completed task of the same key, or"
        " accepted for another one.",
        consequence="Customers cannot extend their videos, or can extend those of others.",
        fix="Accept `task_id` if that task is completed and belongs to the workspace of the key.",
        source=openapi("VideoGenerationRequest.task_id"),
    ),
)
"""The causes, the costliest first."""
