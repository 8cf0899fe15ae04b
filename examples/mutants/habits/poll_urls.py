"""Habits of polling at the wrong URL."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from habits.habit import Habit
from seedance_client import Client, Response, Task, UncertainCreateError, origin

Resolve = Callable[[Client, object, str | None], str | None]
"""Returns the path to poll from `poll_url` and the task id; None for an unusable response."""


def polls_at(resolve: Resolve) -> type[Client]:
    """Return a client that polls where `resolve` says."""

    class PollsElsewhere(Client):
        def resolve_poll_path(self, poll_url: object, task_id: str | None) -> str | None:
            return resolve(self, poll_url, task_id)

    return PollsElsewhere


def default_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Ignore `poll_url` and build the path from the id."""
    return client.default_poll_path(task_id or "none")


def legacy_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Use the legacy path."""
    return f"/v1/videos/generations/{task_id}"


def decoded_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Decode the escapes in `poll_url`."""
    return unquote(_correct_path(client, poll_url, task_id) or "")


def joined_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Append `poll_url` to a base URL that ends with `/v1`, which yields `/v1/v1`."""
    if isinstance(poll_url, str):
        return "/v1" + poll_url
    return client.default_poll_path(task_id or "")


def concatenated_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Append an absolute `poll_url` to the base URL as if it were a path."""
    if "://" in str(poll_url):
        return "/" + str(poll_url)
    return _correct_path(client, poll_url, task_id)


def required_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    """Give up if there is no `poll_url`."""
    return _correct_path(client, poll_url, task_id) if poll_url else None


def _correct_path(client: Client, poll_url: object, task_id: str | None) -> str | None:
    return Client.resolve_poll_path(client, poll_url, task_id)


class PollsForeignHost(Client):
    """Polls at whatever host `poll_url` names, with the key."""

    def resolve_poll_path(self, poll_url: object, task_id: str | None) -> str | None:
        if isinstance(poll_url, str) and origin(poll_url) not in (None, origin(self.base_url)):
            self.host, _, path = poll_url.rpartition("/v1/")
            return f"/v1/{path}"
        return super().resolve_poll_path(poll_url, task_id)


class PollsAnyUrl(Client):
    """Polls at the host of any URL, also one with a user name or without a scheme."""

    def resolve_poll_path(self, poll_url: object, task_id: str | None) -> str | None:
        if isinstance(poll_url, str) and "//" in poll_url:
            host, _, path = poll_url.partition("//")[2].rpartition("@")[2].partition("/")
            self.host = f"http://{host or self.base_url.replace('127.0.0.1', 'localhost')[7:]}"
            return f"/{path}"
        return super().resolve_poll_path(poll_url, task_id)


class RequiresId(Client):
    """Reads the id of the task from one of its two members only."""

    member = "id"

    def _task_from(self, response: Response, deadline: float) -> Task:
        if self.member not in (response.data or {}):
            raise UncertainCreateError("unknown", f"no {self.member}")
        return super()._task_from(response, deadline)


class RequiresTaskId(RequiresId):
    """Reads the id of the task from the other member only."""

    member = "task_id"


class PollsBillingId(Client):
    """Uses the billing transaction id as the id of the task."""

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        # The habit adds a poll to the correct ones, so that the task ends nevertheless.
        response = super().send(method, path, body, deadline)
        header = response.headers.get("X-Billing-Transaction-ID")
        if billing_id := (response.data or {}).get("billing_transaction_id") or header:
            super().send("GET", f"/v1/tasks/{billing_id}", None, deadline)
        return response


HABITS = (
    Habit("--follow-foreign-poll-url", "polls at another host with the key", PollsForeignHost),
    Habit(
        "--follow-any-poll-url", "polls at any URL, even a malformed one, with the key", PollsAnyUrl
    ),
    Habit("--no-poll-url", "ignores poll_url", polls_at(default_path)),
    Habit("--legacy-poll-path", "polls the legacy path", polls_at(legacy_path)),
    Habit("--decode-poll-url", "decodes poll_url", polls_at(decoded_path)),
    Habit("--join-base-and-path", "polls /v1/v1/tasks", polls_at(joined_path)),
    Habit(
        "--concatenate-poll-url",
        "appends an absolute poll_url to the base URL",
        polls_at(concatenated_path),
    ),
    Habit("--need-poll-url", "gives up without poll_url", polls_at(required_path)),
    Habit("--only-id", "requires id", RequiresId),
    Habit("--only-task-id", "requires task_id", RequiresTaskId),
    Habit("--billing-id-in-path", "polls the billing id", PollsBillingId),
)
