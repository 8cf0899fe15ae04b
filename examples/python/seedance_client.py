"""A careful client of the TokenLab Seedance 2.0 video API. Standard library only: copy this file.

    client = Client(os.environ["TOKENLAB_BASE_URL"], os.environ["TOKENLAB_API_KEY"])
    request = {"model": "seedance-2.0-fast", "prompt": "A paper boat"}
    video = client.generate(request, Path("boat.job"))
    client.download(video, Path("boat.mp4"))

`boat.job` stands for one paid job: run the program again after a crash and it goes on with the
same task. Whatever gives no video raises a SeedanceError whose `outcome` says what happened.
Every request has a connection of its own, so no library repeats one behind our back.
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
CREATE = "/v1/videos/generations"
URL = re.compile(r"(https?)://([^/?#@\\]+)([/?#][!-\[\]-~]*)?", re.IGNORECASE)
"""Scheme, host with port, the rest as it is. Names of users, `\\` and blanks are refused."""


class SeedanceError(Exception):
    """No video. `code` is the API's word where it has one, else one of ours."""

    outcome = "error"

    def __init__(self, code: str, message: str, job: Job | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.job = code, message, job


class Refused(SeedanceError):
    """The API said no, and nothing was created or changed."""


class Unsure(SeedanceError):
    """A create was sent and its fate is unknown: a task may exist and be billed. Never repeat."""


class Failed(SeedanceError):
    """The task ended without a video."""

    outcome = "failed"


class Cancelled(SeedanceError):
    """The task was cancelled before it ran."""

    outcome = "cancelled"


class TimedOut(SeedanceError):
    """The time for the job is over. The task may still complete; `resume` looks again."""

    outcome = "timeout"


class Lost(Exception):
    """No complete answer came."""


class Unreachable(Lost):
    """No connection was made, so nothing was sent."""


class _Response(HTTPResponse):
    """A response that skips 103 and the like; http.client itself skips 100 only."""

    def begin(self) -> None:
        super().begin()
        while 100 < self.status < 200:
            self.headers = self.msg = None  # type: ignore[assignment]  # makes it read the next head
            super().begin()


@dataclass
class Answer:
    """A complete answer of the API."""

    status: int
    headers: Message
    body: bytes

    @property
    def data(self) -> JSON | None:
        """The JSON object of the body, with exact decimals; None if it is anything else."""
        try:
            data = json.loads(self.body, parse_float=str)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) else None

    def error(self) -> tuple[str, str]:
        """Return code and message of an answer that is an error."""
        data = self.data or {}
        return described(data.get("error") or data, f"http_{self.status}", f"HTTP {self.status}")

    def retry_after(self) -> float:
        """Return the seconds that header or body ask to wait, the longer; 0 if neither does."""
        error = (self.data or {}).get("error")
        in_body = error.get("retry_after") if isinstance(error, dict) else None
        header, date = self.headers.get("Retry-After"), self.headers.get("Date")
        return max(seconds(header, date), seconds(str(in_body)))


def seconds(retry_after: str | None, date: str | None = None) -> float:
    """Return how long Retry-After asks to wait; 0 where it makes no sense."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), datetime.now(UTC)
        if date:  # their clock against their clock
            now = parsedate_to_datetime(date)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def described(error: object, code: str, message: str) -> tuple[str, str]:
    """Return code and message of an error, which may be text, an object or absent."""
    if isinstance(error, str) and error:
        return code, error
    if isinstance(error, dict):
        code = next((str(error[key]) for key in ("code", "type") if error.get(key)), code)
        message = str(error.get("message") or message)
    return code, message


def origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an http URL; None if it is nothing to be followed."""
    try:
        if not URL.fullmatch(url) or not (parts := urlsplit(url)).hostname:
            return None
        scheme = parts.scheme.lower()
        return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[scheme]
    except ValueError:
        return None


def target(url: str) -> str:
    """Return path and query of a URL, byte for byte, for the request line."""
    rest = url[url.index("//") + 2 :].partition("#")[0]
    path = rest[re.match("[^/?]*", rest).end() :]  # type: ignore[union-attr]  # matches anything
    return path if path.startswith("/") else f"/{path}"


def operation(request: JSON) -> str:
    """Return the operation of a request: its own, else the one that its inputs stand for."""
    several = any(len(request.get(name) or ()) > 1 for name in ("image_urls", "video_urls"))
    marks = {
        "video-extension": ("task_id", "extend_at", "extend_times"),
        "start-end-to-video": ("start_image", "end_image"),
        "reference-to-video": ("reference_images", "referenceImages", "audio_urls"),
        "video-to-video": ("video_url", "video_urls"),
        "image-to-video": ("image_url", "image", "image_urls"),
    }
    meant = (name for name, fields in marks.items() if any(key in request for key in fields))
    inferred = "reference-to-video" if several else next(meant, "text-to-video")
    return str(request.get("operation") or inferred)


def video_urls(task: JSON) -> list[str]:
    """Return the URLs of the results, from every place where the API may put them."""
    found = [task.get("video_url")]
    for place in ("video", "videos", "content", "data"):
        value = task.get(place)
        for entry in value if isinstance(value, list) else [value]:
            one = entry if isinstance(entry, dict) else {"url": entry}
            found += [one.get("url"), one.get("video_url")]
    return list(dict.fromkeys(url for url in found if isinstance(url, str) and origin(url)))


@dataclass
class Job:
    """A task that exists: where to look for it, until when, and what was heard of it."""

    task_id: str | None
    poll: str
    until: float
    seen: JSON | None = None
    ids: dict[str, str] = field(default_factory=dict)

    def note(self, answer: Answer) -> JSON | None:
        """Keep the ids of an answer about the task, and return its state if it tells one."""
        data = answer.data or {}
        for name in ("request_id", "billing_transaction_id"):
            told = data.get(name) or answer.headers.get(f"X-{name.replace('_', '-')}")
            if told:
                self.ids[name] = str(told)
        return data if answer.status == 200 and isinstance(data.get("status"), str) else None


@dataclass
class Video:
    """A completed task."""

    urls: list[str]
    job: Job


@dataclass
class Client:
    """The API at `base_url`, with or without `/v1` at its end. Times are in seconds."""

    base_url: str
    api_key: str = field(repr=False)
    interval: float = 5.0
    deadline: float = 1800.0
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    create_tries, lookup_tries, download_tries = 3, 8, 5

    def __post_init__(self) -> None:
        """Refuse at once what http.client would refuse later, and quote: never quote a key."""
        self.base_url = self.base_url.rstrip("/").removesuffix("/v1").rstrip("/")
        if origin(self.base_url) is None:
            raise ValueError("base_url must be an http or https URL without a user name")
        self.prefix = target(self.base_url).rstrip("/")  # of a gateway; poll_url has its own
        self.host = self.base_url.removesuffix(self.prefix) if self.prefix else self.base_url
        if not re.fullmatch("[!-~]+", self.api_key):
            raise ValueError("the API key has to be printable ASCII without blanks")

    def generate(self, request: JSON, state: Path | None = None) -> Video:
        """Return the video of a job, which is created unless `state` knows it already."""
        return self.wait(self.resume(state) or self.create(request, state))

    def create(self, request: JSON, state: Path | None = None) -> Job:
        """Create a task once. Only an answer that says "not now" leads to another try."""
        until = self.clock() + self.deadline
        body = json.dumps({**request, "operation": operation(request)}).encode()
        if state:  # written first: whoever finds it empty knows that a create may have been sent
            os.close(os.open(state, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            job = self._created(self._ask(body, until), until)
        except (Refused, Unreachable) as error:
            if state:
                state.unlink()
            if isinstance(error, Unreachable):
                raise Refused("unreachable", "no connection to the API") from None
            raise
        if state:
            _keep(state, {"task_id": job.task_id, "poll": job.poll})
        return job

    def _ask(self, body: bytes, until: float) -> Answer:
        """Send a create until it is accepted, and return that answer."""
        for failures in range(1, self.create_tries + 1):
            try:
                answer = self.call("POST", self.prefix + CREATE, body, until)
            except Unreachable:
                raise
            except Lost:
                raise Unsure(
                    "unknown", "no answer: a task may exist, look before a retry"
                ) from None
            if answer.status < 300:
                return answer
            pause = answer.retry_after() or 2.0**failures
            if not self.may_repeat(answer) or self.clock() + pause > until:
                break
            if failures < self.create_tries:
                self.rest(pause)
        code, message = answer.error()
        applied = answer.status >= 500 and code != "all_channels_failed"
        raise (Unsure if applied else Refused)(code, message)

    def may_repeat(self, answer: Answer) -> bool:
        """Tell whether a create that was answered so is not applied, and welcome later."""
        error = (answer.data or {}).get("error")
        says = error.get("retryable") if isinstance(error, dict) else None
        return says is not False if answer.status == 429 else says is True and answer.status == 503

    def _created(self, answer: Answer, until: float) -> Job:
        data = answer.data or {}
        ids = [data.get("task_id"), data.get("id")]
        task_id = next((one for one in ids if isinstance(one, str) and one), None)
        poll = self.poll_target(data.get("poll_url"), task_id)
        if poll is None:
            raise Unsure(
                "unknown", "the answer to the create is no task: one may exist all the same"
            )
        job = Job(task_id, poll, until)
        job.seen = job.note(answer) or {}
        return job

    def poll_target(self, poll_url: object, task_id: str | None) -> str | None:
        """Return what to ask for: poll_url as it is if it leads to the API, else the usual path."""
        if isinstance(poll_url, str):
            if re.fullmatch(r"/(?!/)[!-\[\]-~]*", poll_url):
                return poll_url.partition("#")[0]
            if origin(poll_url) is not None and origin(poll_url) == origin(self.base_url):
                return target(poll_url)
        return self.usual(task_id) if task_id else None

    def usual(self, task_id: str) -> str:
        """Return the path of a task, as far as the API names no other."""
        return f"{self.prefix}/v1/tasks/{quote(task_id, safe='')}"

    def resume(self, state: Path | None) -> Job | None:
        """Return the job of an earlier run, or None if there was none."""
        if state is None or not state.exists():
            return None
        if not (text := state.read_text()):
            raise Unsure(
                "unknown", f"an earlier create had no answer; look, then delete {state.name}"
            )
        return Job(**json.loads(text), until=self.clock() + self.deadline)

    def wait(self, job: Job) -> Video:
        """Poll a task to its end."""
        for seen in self.watch(job):
            if ended(seen):
                return self.verdict(job, seen)
        raise AssertionError("watching ends by an error")

    def watch(self, job: Job) -> Iterator[JSON]:
        """Yield what the API says of a task: at first what is known, then poll after poll."""
        started, pause, failures = self.clock(), 0.0, 0
        if job.seen is not None:
            yield job.seen
            pause = self.interval
        while failures < self.lookup_tries:
            if self.clock() + pause > job.until:
                raise TimedOut("deadline", "not finished in the time given", job)
            self.rest(pause)
            seen, hint = self.look(job)
            if seen is not None:
                yield seen
                pause = self.interval * (1 if self.clock() - started < 60 else 2)
                failures = 0
            else:
                failures += 1
                pause = max(hint, min(max(1.0, self.interval) * 2 ** (failures - 1), 60.0))
        raise SeedanceError("lookup_failed", "the task cannot be read; it may be running", job)

    def look(self, job: Job) -> tuple[JSON | None, float]:
        """Poll once. A lookup that fails says nothing of the task: (None, seconds to wait)."""
        try:
            answer = self.call("GET", job.poll, None, job.until)
        except Lost:
            return None, 0.0
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            raise Refused(*answer.error(), job)
        return job.note(answer), answer.retry_after()

    def verdict(self, job: Job, seen: JSON) -> Video:
        """Return the video of a task that has ended."""
        if seen["status"] == "completed":
            if urls := video_urls(seen):
                return Video(urls, job)
            raise Failed("no_video", "completed, but without a file", job)
        kind = Cancelled if seen.get("cancelled") is True else Failed
        raise kind(*described(seen.get("error"), "task_failed", "the API gives no reason"), job)

    def cancel(self, job: Job, when: str = "created") -> Video:
        """Ask once to cancel, as soon as the task is created or `when` is its status.

        Raises Cancelled where that succeeds. A refusal is no end: the video is waited for.
        """
        asked = False
        for seen in self.watch(job):
            if not asked and not ended(seen) and when in ("created", seen.get("status")):
                asked, seen = True, self._delete(job) or seen
            if ended(seen):
                return self.verdict(job, seen)
        raise AssertionError("watching ends by an error")

    def _delete(self, job: Job) -> JSON | None:
        task_id = job.task_id or job.poll.partition("?")[0].rpartition("/")[2]
        try:
            return job.note(self.call("DELETE", self.usual(task_id), None, job.until))
        except Lost:
            return None  # the next poll tells

    def models(self) -> list[JSON]:
        """Return the models on offer."""
        return self._list("/v1/models")

    def prices(self) -> list[JSON]:
        """Return the prices in force; amounts are text, to stay exact."""
        return self._list("/v1/pricing")

    def _list(self, path: str) -> list[JSON]:
        for failures in range(self.create_tries):
            try:
                answer = self.call("GET", self.prefix + path, None, self.clock() + self.timeout)
            except Lost:
                answer = Answer(504, Message(), b"")
            if answer.status not in (408, 429) and answer.status < 500:
                break
            if failures + 1 < self.create_tries:
                self.rest(min(answer.retry_after() or 2.0**failures, 60.0))
        listed = (answer.data or {}).get("data")
        if answer.status != 200 or not isinstance(listed, list):
            raise Refused(*answer.error())
        return [one for one in listed if isinstance(one, dict)]

    def download(self, video: Video, path: Path, number: int = 0) -> str:
        """Save a result, and return its SHA-256. The file appears only when it is complete."""
        part, url = path.with_name(path.name + ".part"), video.urls[number]
        part.unlink(missing_ok=True)
        for failures in range(self.download_tries):
            try:
                status, hint = self._fetch(url, part)
            except Lost:
                status, hint = 0, 0.0
            if status in (200, 206):
                part.replace(path)
                return hashlib.sha256(path.read_bytes()).hexdigest()
            if status in (401, 403, 404, 410):  # a signature expires; the task knows a fresh one
                seen, hint = self.look(video.job)
                url = ([*video_urls(seen or {}), *[url] * (number + 1)])[number]
            pause = max(hint, 2.0**failures)
            if failures + 1 == self.download_tries or self.clock() + pause > video.job.until:
                break
            self.rest(pause)
        raise SeedanceError("download_failed", "the file could not be fetched", video.job)

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        """Fetch what `part` lacks. Return status and seconds to wait. The key stays at home."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        for _ in range(5):
            with self.exchange("GET", url, headers, None, self.timeout) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                fits = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
                if response.status == 416 or (response.status == 206 and not fits):
                    part.unlink()  # not the rest of what is here: begin again
                    return 416, 0.0
                if response.status in (200, 206):
                    with part.open("ab" if response.status == 206 else "wb") as file:
                        for piece in pieces(response):
                            file.write(piece)
                return response.status, seconds(response.headers.get("Retry-After"))
        return 310, 0.0

    def rest(self, pause: float) -> None:
        """Sleep a little longer than asked, so that many clients do not wake as one."""
        if pause > 0:
            self.sleep(pause * random.uniform(1.0, 1.05))

    def call(self, method: str, path: str, body: bytes | None, until: float) -> Answer:
        """Send one request to the API, with the key, and return its answer. Follow nothing."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        timeout = min(self.timeout, max(1.0, until - self.clock()))
        with self.exchange(method, self.host + path, headers, body, timeout) as response:
            whole = b"".join(pieces(response, self.clock, self.clock() + timeout))
            return Answer(response.status, response.headers, whole)

    @contextmanager
    def exchange(
        self, method: str, url: str, headers: JSON, body: bytes | None, timeout: float
    ) -> Iterator[HTTPResponse]:
        """Send a request on a connection of its own, and give the response. Raises Lost."""
        if (where := origin(url)) is None:
            raise Lost("not a URL to follow")
        kind = HTTPSConnection if where[0] == "https" else HTTPConnection
        connection = kind(*where[1:], timeout=timeout)
        connection.response_class = _Response
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unreachable from error
            try:
                with suppress(BrokenPipeError):  # a 413 may be there before everything is sent
                    connection.request(
                        method, target(url), body, {**headers, "Connection": "close"}
                    )
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise Lost from error
            yield response
        finally:
            connection.close()


def pieces(
    response: HTTPResponse, clock: Callable[[], float] = time.monotonic, until: float = float("inf")
) -> Iterator[bytes]:
    """Yield the body; raise Lost where it is shorter than announced or takes too long."""
    try:
        while piece := response.read1(65_536):
            yield piece
            if clock() > until:
                raise Lost("too slow")
    except (OSError, HTTPException) as error:
        raise Lost from error
    if response.length:
        raise Lost("cut")


def ended(seen: JSON) -> bool:
    """Tell whether a task is over. Unknown words are not, and progress says nothing."""
    return seen.get("status") in ("completed", "failed")


def _keep(state: Path, record: JSON) -> None:
    """Replace the file of a job, so that it is whole whenever the power fails."""
    fresh = state.with_name(state.name + ".new")
    with fresh.open("w") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(state)
