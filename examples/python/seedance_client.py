"""A careful client of the TokenLab Seedance 2.0 video API. Standard library only: copy this file.

    client = Client(os.environ["TOKENLAB_BASE_URL"], os.environ["TOKENLAB_API_KEY"])
    request = {"model": "seedance-2.0-fast", "prompt": "A paper boat"}
    video = client.generate(request, Path("boat.task.json"))
    client.download(video, Path("boat.mp4"))

`boat.task.json` is the state file of one paid task. After a crash, run the program again with the
same file: it continues with the same task and does not pay twice. When there is no video, the
client raises a SeedanceError; its `outcome` is "failed", "cancelled", "timeout" or "error".
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

JSON = dict[str, Any]
CREATE_PATH = "/v1/videos/generations"
HTTP_URL = re.compile(r"(https?)://([^/?#@\\]+)([/?#][!-\[\]-~]*)?", re.IGNORECASE)
"""Scheme, host with port, rest. URLs with a user name, a backslash or a space do not match."""


class SeedanceError(Exception):
    """There is no video.

    Args:
        code: the error code of the API, or a code of this client if the API sent none.
        message: a sentence for people.
        task: the task, if one is known.
    """

    outcome = "error"

    def __init__(self, code: str, message: str, task: Task | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.task = code, message, task


class RequestRejectedError(SeedanceError):
    """The API rejected the request. Nothing was created or changed."""


class UncertainCreateError(SeedanceError):
    """It is unknown whether a create took effect. A task may exist and be billed: do not retry."""


class TaskFailedError(SeedanceError):
    """The task ended without a video."""

    outcome = "failed"


class TaskCancelledError(SeedanceError):
    """The task was cancelled before it ran."""

    outcome = "cancelled"


class TaskTimeoutError(SeedanceError):
    """The time limit is over. The task may still complete: run again with the same state file."""

    outcome = "timeout"


class TransportError(Exception):
    """No complete response was received."""


class ConnectError(TransportError):
    """No connection was made, so nothing was sent."""


class _FinalResponse(HTTPResponse):
    """A response that skips all interim (1xx) responses."""

    # RFC 9110, section 15.2: a client must accept any number of 1xx responses before the final
    # one. http.client skips 100 only, and returns 103 Early Hints as if it were the response.
    def begin(self) -> None:
        super().begin()
        while 100 < self.status < 200:
            # begin() returns at once unless `headers` is None.
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()


@dataclass
class Response:
    """A complete response of the API."""

    status: int
    headers: Message
    body: bytes

    @property
    def data(self) -> JSON | None:
        """The JSON object in the body; None if the body is anything else."""
        try:
            # Prices are decimals. They stay text, because a float would round them.
            data = json.loads(self.body, parse_float=str)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) else None

    def error(self) -> tuple[str, str]:
        """Return the code and the message of an error response."""
        data = self.data or {}
        return parse_error(data.get("error") or data, f"http_{self.status}", f"HTTP {self.status}")

    def retry_after(self) -> float:
        """Return the seconds to wait before a retry; 0 if the response names none."""
        error = (self.data or {}).get("error")
        in_body = error.get("retry_after") if isinstance(error, dict) else None
        header, date = self.headers.get("Retry-After"), self.headers.get("Date")
        # Header and body may disagree. Only the longer wait respects both.
        return max(parse_retry_after(header, date), parse_retry_after(str(in_body)))


def parse_retry_after(value: str | None, date: str | None = None) -> float:
    """Return the seconds of a Retry-After value, a number or an HTTP date; 0 if it is neither."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        retry_at, now = parsedate_to_datetime(text), datetime.now(UTC)
        if date:
            # Both dates come from the server's clock; the local clock may be wrong.
            now = parsedate_to_datetime(date)
        return max(0.0, (retry_at - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def parse_error(error: object, code: str, message: str) -> tuple[str, str]:
    """Return the code and the message of an error, which may be a string, an object or absent.

    `code` and `message` are the defaults for what the error does not contain.
    """
    if isinstance(error, str) and error:
        return code, error
    if isinstance(error, dict):
        code = next((str(error[key]) for key in ("code", "type") if error.get(key)), code)
        message = str(error.get("message") or message)
    return code, message


def origin(url: str) -> tuple[str, str, int] | None:
    """Return the scheme, host and port of an HTTP URL; None if it is not safe to request."""
    try:
        if not HTTP_URL.fullmatch(url) or not (parts := urlsplit(url)).hostname:
            return None
        scheme = parts.scheme.lower()
        return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[scheme]
    except ValueError:
        return None


def request_target(url: str) -> str:
    """Return the path and query of a URL for the request line, byte for byte."""
    # Not urlsplit: a signed URL is valid only as it was sent, with its escapes and its order.
    rest = url[url.index("//") + 2 :].partition("#")[0]
    path = rest[re.match("[^/?]*", rest).end() :]  # type: ignore[union-attr]  # always matches
    return path if path.startswith("/") else f"/{path}"


def infer_operation(request: JSON) -> str:
    """Return the operation of a request: the one it names, or the one that its fields imply."""
    # The order matters: a reference-to-video request may also have `video_urls`, for example.
    has_list = any(len(request.get(name) or ()) > 1 for name in ("image_urls", "video_urls"))
    fields_of = {
        "video-extension": ("task_id", "extend_at", "extend_times"),
        "start-end-to-video": ("start_image", "end_image"),
        "reference-to-video": ("reference_images", "referenceImages", "audio_urls"),
        "video-to-video": ("video_url", "video_urls"),
        "image-to-video": ("image_url", "image", "image_urls"),
    }
    matches = (name for name, fields in fields_of.items() if any(key in request for key in fields))
    inferred = "reference-to-video" if has_list else next(matches, "text-to-video")
    return str(request.get("operation") or inferred)


def video_urls(snapshot: JSON) -> list[str]:
    """Return the URLs of the results, from every field where the API may put them."""
    candidates = [snapshot.get("video_url")]
    for name in ("video", "videos", "content", "data"):
        value = snapshot.get(name)
        for item in value if isinstance(value, list) else [value]:
            entry = item if isinstance(item, dict) else {"url": item}
            candidates += [entry.get("url"), entry.get("video_url")]
    return list(dict.fromkeys(url for url in candidates if isinstance(url, str) and origin(url)))


@dataclass
class Task:
    """A created task.

    Args:
        task_id: the id; None if the create response has a `poll_url` but no id.
        poll_path: the path and query to poll.
        deadline: when to stop waiting, in seconds of the client's clock.
        snapshot: the task as the create response shows it; None after a restart.
        ids: `request_id` and `billing_transaction_id`, as soon as a response names them.
    """

    task_id: str | None
    poll_path: str
    deadline: float
    snapshot: JSON | None = None
    ids: dict[str, str] = field(default_factory=dict)

    def read(self, response: Response) -> JSON | None:
        """Save the ids of a response. Return the task as it shows it; None if it does not."""
        data = response.data or {}
        for name in ("request_id", "billing_transaction_id"):
            value = data.get(name) or response.headers.get(f"X-{name.replace('_', '-')}")
            if value:
                self.ids[name] = str(value)
        return data if response.status == 200 and isinstance(data.get("status"), str) else None


@dataclass
class Video:
    """The results of a completed task."""

    urls: list[str]
    task: Task


@dataclass
class Client:
    """A client of the API at `base_url`.

    Args:
        base_url: with or without `/v1` at the end.
        api_key: is sent to `base_url` only.
        poll_interval: seconds between two polls; twice as many after the first minute.
        time_limit: seconds to wait for a task.
        timeout: seconds to wait for a response.
        sleep: waits a number of seconds.
        clock: returns the current time in seconds; it must never go back.
    """

    base_url: str
    api_key: str = field(repr=False)
    poll_interval: float = 5.0
    time_limit: float = 1800.0
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    max_create_attempts, max_poll_failures, max_download_attempts = 3, 8, 5

    def __post_init__(self) -> None:
        """Check the URL and the key. Raises ValueError."""
        self.base_url = self.base_url.rstrip("/").removesuffix("/v1").rstrip("/")
        if origin(self.base_url) is None:
            raise ValueError("base_url must be an http or https URL without a user name")
        # A gateway may have a path. A `poll_url` contains it; the paths of this client do not.
        self.prefix = request_target(self.base_url).rstrip("/")
        self.host = self.base_url.removesuffix(self.prefix) if self.prefix else self.base_url
        # http.client reports a line break in the key too, but its message quotes the key.
        if not re.fullmatch("[!-~]+", self.api_key):
            raise ValueError("the API key must be printable ASCII without spaces")

    def generate(self, request: JSON, state_file: Path | None = None) -> Video:
        """Return the video of a task: the task in `state_file`, or else a new one."""
        return self.wait(self.load_task(state_file) or self.create(request, state_file))

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        """Create a task once. Retry only if the API says that it created nothing."""
        deadline = self.clock() + self.time_limit
        body = json.dumps({**request, "operation": infer_operation(request)}).encode()
        if state_file:
            # The file exists before the request is sent. If it is still empty after a crash, a
            # create may have been sent, and the next run must not send another. O_EXCL: of two
            # processes with the same state file only one sends a create.
            os.close(os.open(state_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            task = self._task_from(self._send_create(body, deadline), deadline)
        except (RequestRejectedError, ConnectError) as error:
            if state_file:
                state_file.unlink()
            if isinstance(error, ConnectError):
                raise RequestRejectedError("unreachable", "no connection to the API") from None
            raise
        if state_file:
            _replace_file(state_file, {"task_id": task.task_id, "poll_path": task.poll_path})
        return task

    def _send_create(self, body: bytes, deadline: float) -> Response:
        """Send a create until the API accepts it, and return that response."""
        for attempt in range(1, self.max_create_attempts + 1):
            try:
                response = self.send("POST", self.prefix + CREATE_PATH, body, deadline)
            except ConnectError:
                raise
            except TransportError:
                raise UncertainCreateError(
                    "unknown", "no response: a task may exist, check before you retry"
                ) from None
            if response.status < 300:
                return response
            wait = response.retry_after() or 2.0**attempt
            if not self.may_retry_create(response) or self.clock() + wait > deadline:
                break
            if attempt < self.max_create_attempts:
                self.sleep_with_jitter(wait)
        code, message = response.error()
        # After other server errors a task may exist. With this code no provider was reached.
        uncertain = response.status >= 500 and code != "all_channels_failed"
        raise (UncertainCreateError if uncertain else RequestRejectedError)(code, message)

    def may_retry_create(self, response: Response) -> bool:
        """Return whether this response to a create means: nothing was created, try again later."""
        error = (response.data or {}).get("error")
        retryable = error.get("retryable") if isinstance(error, dict) else None
        if response.status == 429:
            return retryable is not False
        return retryable is True and response.status == 503

    def _task_from(self, response: Response, deadline: float) -> Task:
        """Return the task of a create response."""
        data = response.data or {}
        ids = [data.get("task_id"), data.get("id")]
        task_id = next((value for value in ids if isinstance(value, str) and value), None)
        poll_path = self.resolve_poll_path(data.get("poll_url"), task_id)
        if poll_path is None:
            raise UncertainCreateError(
                "unknown", "the response names no task: one may exist, check before you retry"
            )
        task = Task(task_id, poll_path, deadline)
        task.snapshot = task.read(response) or {}
        return task

    def resolve_poll_path(self, poll_url: object, task_id: str | None) -> str | None:
        """Return the path to poll: `poll_url` if it leads to the API, else the default path."""
        # The key goes along with every poll, so a poll_url to another host must not be used.
        if isinstance(poll_url, str):
            if re.fullmatch(r"/(?!/)[!-\[\]-~]*", poll_url):
                return poll_url.partition("#")[0]
            if origin(poll_url) is not None and origin(poll_url) == origin(self.base_url):
                return request_target(poll_url)
        return self.default_poll_path(task_id) if task_id else None

    def default_poll_path(self, task_id: str) -> str:
        """Return the documented path of a task."""
        return f"{self.prefix}/v1/tasks/{quote(task_id, safe='')}"

    def load_task(self, state_file: Path | None) -> Task | None:
        """Return the task of an earlier run; None if there was none."""
        if state_file is None or not state_file.exists():
            return None
        if not (text := state_file.read_text()):
            raise UncertainCreateError(
                "unknown",
                "an earlier create had no response: a task may exist. "
                f"Check, then delete {state_file.name}",
            )
        return Task(**json.loads(text), deadline=self.clock() + self.time_limit)

    def wait(self, task: Task) -> Video:
        """Poll a task until it has ended, and return its video."""
        for snapshot in self.snapshots(task):
            if has_ended(snapshot):
                return self.result(task, snapshot)
        raise AssertionError("snapshots() ends with an exception only")

    def snapshots(self, task: Task) -> Iterator[JSON]:
        """Yield the task as the API shows it: first what is known, then each successful poll."""
        started, pause, failures = self.clock(), 0.0, 0
        if task.snapshot is not None:
            yield task.snapshot
            pause = self.poll_interval
        while failures < self.max_poll_failures:
            if self.clock() + pause > task.deadline:
                raise TaskTimeoutError("deadline", "the task did not end within time_limit", task)
            self.sleep_with_jitter(pause)
            snapshot, retry_after = self.poll(task)
            if snapshot is not None:
                yield snapshot
                pause = self.poll_interval * (1 if self.clock() - started < 60 else 2)
                failures = 0
            else:
                failures += 1
                backoff = max(1.0, self.poll_interval) * 2 ** (failures - 1)
                pause = max(retry_after, min(backoff, 60.0))
        raise SeedanceError("lookup_failed", "polling failed; the task may still run", task)

    def poll(self, task: Task) -> tuple[JSON | None, float]:
        """Poll once. Return (task, seconds to wait), or (None, seconds) if the poll failed.

        A failed poll says nothing about the task, unless the API rejects it.
        """
        try:
            response = self.send("GET", task.poll_path, None, task.deadline)
        except TransportError:
            return None, 0.0
        # 408 and 429 ask for another try. Any other 4xx would be the same the next time.
        if 400 <= response.status < 500 and response.status not in (408, 429):
            raise RequestRejectedError(*response.error(), task)
        return task.read(response), response.retry_after()

    def result(self, task: Task, snapshot: JSON) -> Video:
        """Return the video of a task that has ended."""
        if snapshot["status"] == "completed":
            if urls := video_urls(snapshot):
                return Video(urls, task)
            raise TaskFailedError("no_video", "the task completed without a video", task)
        # The API has no status of its own for a cancelled task: it is a failed one with a flag.
        kind = TaskCancelledError if snapshot.get("cancelled") is True else TaskFailedError
        raise kind(
            *parse_error(snapshot.get("error"), "task_failed", "the API gave no reason"), task
        )

    def cancel(self, task: Task, when: str = "created") -> Video:
        """Send one cancel, at once or as soon as the status of the task is `when`.

        Raises TaskCancelledError if the task is cancelled. If the API refuses the cancel, the
        task goes on: the method waits and returns its video.
        """
        sent = False
        for snapshot in self.snapshots(task):
            if not sent and not has_ended(snapshot) and when in ("created", snapshot.get("status")):
                sent, snapshot = True, self._send_cancel(task) or snapshot
            if has_ended(snapshot):
                return self.result(task, snapshot)
        raise AssertionError("snapshots() ends with an exception only")

    def _send_cancel(self, task: Task) -> JSON | None:
        """Send the cancel. Return the task as the response shows it; None if it does not."""
        task_id = task.task_id or task.poll_path.partition("?")[0].rpartition("/")[2]
        try:
            return task.read(
                self.send("DELETE", self.default_poll_path(task_id), None, task.deadline)
            )
        except TransportError:
            return None  # the next poll shows whether the task was cancelled

    def models(self) -> list[JSON]:
        """Return the available models."""
        return self._get_list("/v1/models")

    def prices(self) -> list[JSON]:
        """Return the current prices; amounts are text, so that they stay exact."""
        return self._get_list("/v1/pricing")

    def _get_list(self, path: str) -> list[JSON]:
        """Return the objects of a list endpoint. Unlike a create, a GET is safe to retry."""
        for attempt in range(self.max_create_attempts):
            try:
                response = self.send("GET", self.prefix + path, None, self.clock() + self.timeout)
            except TransportError:
                response = Response(504, Message(), b"")
            if response.status not in (408, 429) and response.status < 500:
                break
            if attempt + 1 < self.max_create_attempts:
                self.sleep_with_jitter(min(response.retry_after() or 2.0**attempt, 60.0))
        items = (response.data or {}).get("data")
        if response.status != 200 or not isinstance(items, list):
            raise RequestRejectedError(*response.error())
        return [item for item in items if isinstance(item, dict)]

    def download(self, video: Video, path: Path, number: int = 0) -> str:
        """Save result `number` to `path`, and return its SHA-256 digest in hexadecimal."""
        # `path` appears only when the file is complete, so nobody reads half a video.
        part, url = path.with_name(path.name + ".part"), video.urls[number]
        part.unlink(missing_ok=True)
        for attempt in range(self.max_download_attempts):
            try:
                status, retry_after = self._download_part(url, part)
            except TransportError:
                status, retry_after = 0, 0.0
            if status in (200, 206):
                part.replace(path)
                return hashlib.sha256(path.read_bytes()).hexdigest()
            if status in (401, 403, 404, 410):
                # The signature in the URL has expired. A poll of the task returns a fresh URL.
                snapshot, retry_after = self.poll(video.task)
                url = ([*video_urls(snapshot or {}), *[url] * (number + 1)])[number]
            wait = max(retry_after, 2.0**attempt)
            too_late = self.clock() + wait > video.task.deadline
            if attempt + 1 == self.max_download_attempts or too_late:
                break
            self.sleep_with_jitter(wait)
        raise SeedanceError("download_failed", "the video could not be downloaded", video.task)

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        """Download the bytes that `part` lacks, without the key.

        Return the status and the seconds to wait; 416 means that the download starts again.
        """
        size = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={size}-"} if size else {}
        # Without the key a redirect is safe to follow. Five hops are enough for any storage.
        for _ in range(5):
            with self.stream("GET", url, headers, None, self.timeout) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                content_range = response.headers.get("Content-Range", "")
                fits = content_range.startswith(f"bytes {size}-")
                if response.status == 416 or (response.status == 206 and not fits):
                    part.unlink()
                    return 416, 0.0
                if response.status in (200, 206):
                    # 200 instead of 206: the server ignores Range and sends the whole file.
                    with part.open("ab" if response.status == 206 else "wb") as file:
                        for chunk in read_chunks(response):
                            file.write(chunk)
                return response.status, parse_retry_after(response.headers.get("Retry-After"))
        return 310, 0.0

    def sleep_with_jitter(self, seconds: float) -> None:
        """Sleep up to 5 % longer than `seconds`."""
        # Many clients that were rejected together must not retry together.
        if seconds > 0:
            self.sleep(seconds * random.uniform(1.0, 1.05))

    def send(self, method: str, path: str, body: bytes | None, deadline: float) -> Response:
        """Send one request with the key to the API. Redirects are not followed."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        # At least a second, so that the last poll before the deadline can still succeed.
        timeout = min(self.timeout, max(1.0, deadline - self.clock()))
        with self.stream(method, self.host + path, headers, body, timeout) as response:
            # The timeout of a socket limits each read. A server that sends a byte now and then
            # would never exceed it, so the whole body has a limit as well.
            content = b"".join(read_chunks(response, self.clock, self.clock() + timeout))
            return Response(response.status, response.headers, content)

    @contextmanager
    def stream(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        """Send a request on a new connection, and yield its response. Raises TransportError."""
        if (address := origin(url)) is None:
            raise TransportError("not a URL to request")
        connection_class = HTTPSConnection if address[0] == "https" else HTTPConnection
        connection = connection_class(*address[1:], timeout=timeout)
        connection.response_class = _FinalResponse
        try:
            try:
                connection.connect()
            except OSError as error:
                raise ConnectError from error
            try:
                # The server may respond 413 and close before it has read the whole body.
                with suppress(BrokenPipeError):
                    # A connection that is reused may be closed by the server at any moment, and
                    # then it is unknown whether the request took effect.
                    connection.request(
                        method, request_target(url), body, {**headers, "Connection": "close"}
                    )
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise TransportError from error
            yield response
        finally:
            connection.close()


def read_chunks(
    response: HTTPResponse,
    clock: Callable[[], float] = time.monotonic,
    deadline: float = float("inf"),
) -> Iterator[bytes]:
    """Yield the body. Raises TransportError if it is incomplete or not there by `deadline`."""
    try:
        while chunk := response.read1(65_536):
            yield chunk
            if clock() > deadline:
                raise TransportError("too slow")
    except (OSError, HTTPException) as error:
        raise TransportError from error
    # read1() reports no error if the connection ends before Content-Length bytes have arrived.
    if response.length:
        raise TransportError("incomplete body")


def has_ended(snapshot: JSON) -> bool:
    """Return whether a task has ended. An unknown status means no, whatever the progress is."""
    return snapshot.get("status") in ("completed", "failed")


def _replace_file(path: Path, data: JSON) -> None:
    """Write a state file in one step, so that a power failure never leaves half of it."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
