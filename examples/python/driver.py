"""Run the reference client for one case of `seedance-mock check-client`.

The environment describes the job: TOKENLAB_BASE_URL, TOKENLAB_API_KEY, KIT_JOB (JSON) and
KIT_STATE_DIR. The last line on standard output is the outcome as JSON. The exit status is 0 if
the job is done, 127 if the action is unknown, and 1 otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import v3_driver
from seedance_client import Client, SeedanceError, Task, TaskCancelledError, Video
from seedance_v3_client import V3Client

JSON = dict[str, Any]

DEFAULT_REQUEST: JSON = {
    "model": "seedance-2.0-fast",
    "operation": "text-to-video",
    "prompt": "A paper boat",
    "duration": 4,
    "resolution": "480p",
}
UNSUPPORTED = 127

ClientT = TypeVar("ClientT")


def outcome_line(outcome: str, task: Task | None, **members: object) -> JSON:
    """Return the outcome line that the kit reads."""
    line: JSON = {"kit": 1, "outcome": outcome, "task_id": task.task_id if task else None}
    return {**line, "ids": task.ids if task else {}, "video_urls": [], **members}


@dataclass
class Driver:
    """Runs one job with one client.

    Args:
        client: the client.
        job: the JSON object in KIT_JOB.
        folder: where the state files are; None for no state files.
    """

    client: Client
    job: JSON
    folder: Path | None

    def state_file(self, number: int = 0) -> Path | None:
        """Return the state file for request `number` of the job."""
        if self.folder is None:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        # A digest finds the same file for the same request, and does not show the prompt.
        request = json.dumps(self.request, sort_keys=True).encode()
        path = self.folder / f"{hashlib.sha256(request).hexdigest()[:16]}-{number}.task.json"
        if self.job.get("action") == "resume" and "request" not in self.job:
            existing = sorted(self.folder.glob("*.task.json"))
            return existing[0] if len(existing) == 1 else path
        return path

    @property
    def request(self) -> JSON:
        """The create request of the job, or a default request."""
        return dict(self.job.get("request") or DEFAULT_REQUEST)

    def run(self, action: Callable[[], Video]) -> JSON:
        """Run an action, and return its outcome line."""
        try:
            video = action()
        except SeedanceError as error:
            details = {"code": error.code, "message": error.message}
            return outcome_line(error.outcome, error.task, error=details)
        return outcome_line("completed", video.task, video_urls=video.urls)

    def generate(self) -> JSON:
        """Generate a video, or continue with its task."""
        return self.run(lambda: self.client.generate(self.request, self.state_file()))

    def cancel(self) -> JSON:
        """Create a task, or load it, and cancel it."""
        state_file, when = self.state_file(), str(self.job.get("cancel_after") or "created")

        def action() -> Video:
            loaded = self.client.load_task(state_file)
            return self.client.cancel(loaded or self.client.create(self.request, state_file), when)

        return self.run(action)

    def batch(self) -> JSON:
        """Generate several videos at the same time."""
        count = int(self.job.get("count") or 3)

        def generate(number: int) -> JSON:
            return self.run(lambda: self.client.generate(self.request, self.state_file(number)))

        with ThreadPoolExecutor(count) as pool:
            jobs = list(pool.map(generate, range(count)))
        completed = all(job["outcome"] == "completed" for job in jobs)
        return outcome_line("completed" if completed else "failed", None, jobs=jobs)

    def download(self) -> JSON:
        """Generate a video and download it."""
        sha256 = ""

        def action() -> Video:
            nonlocal sha256
            video = self.client.generate(self.request, self.state_file())
            sha256 = self.client.download(video, path)
            return video

        with tempfile.TemporaryDirectory() as folder:
            path = Path(self.job.get("download_to") or f"{folder}/video.mp4")
            return {**self.run(action), "sha256": sha256}

    def models(self) -> JSON:
        """List the models."""
        ids = [model.get("id") for model in self.client.models()]
        return outcome_line("completed", None, models=ids)

    def pricing(self) -> JSON:
        """List the prices."""
        return outcome_line("completed", None, prices=self.client.prices())


ACTIONS: dict[str, Callable[[Driver], JSON]] = {
    "generate": Driver.generate,
    "resume": Driver.generate,
    "cancel": Driver.cancel,
    "batch": Driver.batch,
    "download": Driver.download,
    "models": Driver.models,
    "pricing": Driver.pricing,
}


def new_client(client_class: Callable[..., ClientT], job: JSON) -> ClientT:
    """Return a client for the server that the environment describes, with the times of a job."""
    return client_class(
        os.environ["TOKENLAB_BASE_URL"],
        os.environ["TOKENLAB_API_KEY"],
        poll_interval=float(job.get("poll_interval_s") or 5.0),
        time_limit=float(job.get("deadline_s") or 60.0),
    )


def main(
    client_class: Callable[..., Client] = Client,
    v3_client_class: Callable[..., V3Client] = V3Client,
) -> int:
    """Run the job that the environment describes, and return the exit status."""
    job: JSON = json.loads(os.environ.get("KIT_JOB") or "{}")
    action = str(job.get("action") or "generate")
    if job.get("dialect") == "v3":
        return v3_driver.run(new_client(v3_client_class, job), job, action)
    if action not in ACTIONS:
        return UNSUPPORTED
    client = new_client(client_class, job)
    folder = os.environ.get("KIT_STATE_DIR")
    driver = Driver(client, job, Path(folder) if folder else None)
    try:
        line = ACTIONS[action](driver)
    except SeedanceError as error:
        # Raised by `models` and `pricing`; the other actions return an outcome line.
        line = outcome_line("error", None, error={"code": error.code, "message": error.message})
    # An error message of the server may quote the key.
    print(json.dumps(line).replace(client.api_key, "***"))
    expected = TaskCancelledError.outcome if action == "cancel" else "completed"
    return 0 if line["outcome"] in ("completed", expected) else 1


if __name__ == "__main__":
    sys.exit(main())
