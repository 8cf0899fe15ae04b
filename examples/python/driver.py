"""Run one job of the reference client as `seedance-mock check-client` asks for it.

The environment says what to do: TOKENLAB_BASE_URL, TOKENLAB_API_KEY, KIT_JOB (JSON),
KIT_STATE_DIR. The last line on standard output is the outcome, the exit code 0 means done, 127
means that the action is not known here.
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
from typing import Any

from seedance_client import Cancelled, Client, Job, SeedanceError, Video

JSON = dict[str, Any]

SMALL: JSON = {
    "model": "seedance-2.0-fast",
    "operation": "text-to-video",
    "prompt": "A paper boat",
    "duration": 4,
    "resolution": "480p",
}
UNSUPPORTED = 127


def outcome(kind: str, job: Job | None, **more: object) -> JSON:
    """Return what a job came to."""
    line: JSON = {"kit": 1, "outcome": kind, "task_id": job.task_id if job else None}
    return {**line, "ids": job.ids if job else {}, "video_urls": [], **more}


@dataclass
class Driver:
    """One client and the job that it is given."""

    client: Client
    job: JSON
    folder: Path | None

    def state(self, number: int = 0) -> Path | None:
        """Return the file of a job, named for what is asked and never showing it."""
        if self.folder is None:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        asked = json.dumps(self.request, sort_keys=True).encode()
        named = self.folder / f"{hashlib.sha256(asked).hexdigest()[:16]}-{number}.job"
        if self.job.get("action") == "resume" and "request" not in self.job:
            known = sorted(self.folder.glob("*.job"))
            return known[0] if len(known) == 1 else named
        return named

    @property
    def request(self) -> JSON:
        """The request of the job, or a small one."""
        return dict(self.job.get("request") or SMALL)

    def told(self, action: Callable[[], Video]) -> JSON:
        """Return the outcome of what gives a video or says why not."""
        try:
            video = action()
        except SeedanceError as error:
            problem = {"code": error.code, "message": error.message}
            return outcome(error.outcome, error.job, error=problem)
        return outcome("completed", video.job, video_urls=video.urls)

    def generate(self) -> JSON:
        """Make the video, or go on with it."""
        return self.told(lambda: self.client.generate(self.request, self.state()))

    def cancel(self) -> JSON:
        """Make the video, and think better of it."""
        state, when = self.state(), str(self.job.get("cancel_after") or "created")

        def action() -> Video:
            job = self.client.resume(state) or self.client.create(self.request, state)
            return self.client.cancel(job, when)

        return self.told(action)

    def batch(self) -> JSON:
        """Make several at once."""
        count = int(self.job.get("count") or 3)

        def one(number: int) -> JSON:
            return self.told(lambda: self.client.generate(self.request, self.state(number)))

        with ThreadPoolExecutor(count) as pool:
            jobs = list(pool.map(one, range(count)))
        done = all(job["outcome"] == "completed" for job in jobs)
        return outcome("completed" if done else "failed", None, jobs=jobs)

    def download(self) -> JSON:
        """Make the video and save it."""
        sha256 = ""

        def action() -> Video:
            nonlocal sha256
            video = self.client.generate(self.request, self.state())
            sha256 = self.client.download(video, path)
            return video

        with tempfile.TemporaryDirectory() as folder:
            path = Path(self.job.get("download_to") or f"{folder}/video.mp4")
            return {**self.told(action), "sha256": sha256}

    def models(self) -> JSON:
        """List the models."""
        return outcome("completed", None, models=[one.get("id") for one in self.client.models()])

    def pricing(self) -> JSON:
        """List the prices."""
        return outcome("completed", None, prices=self.client.prices())


ACTIONS: dict[str, Callable[[Driver], JSON]] = {
    "generate": Driver.generate,
    "resume": Driver.generate,
    "cancel": Driver.cancel,
    "batch": Driver.batch,
    "download": Driver.download,
    "models": Driver.models,
    "pricing": Driver.pricing,
}


def main(kind: type[Client] = Client) -> int:
    """Do what the environment asks for, and return the exit code."""
    job: JSON = json.loads(os.environ.get("KIT_JOB") or "{}")
    action = str(job.get("action") or "generate")
    if action not in ACTIONS:
        return UNSUPPORTED
    client = kind(
        os.environ["TOKENLAB_BASE_URL"],
        os.environ["TOKENLAB_API_KEY"],
        interval=float(job.get("poll_interval_s") or 5.0),
        deadline=float(job.get("deadline_s") or 60.0),
    )
    folder = os.environ.get("KIT_STATE_DIR")
    driver = Driver(client, job, Path(folder) if folder else None)
    try:
        line = ACTIONS[action](driver)
    except SeedanceError as error:  # of a list
        line = outcome("error", None, error={"code": error.code, "message": error.message})
    print(json.dumps(line).replace(client.api_key, "***"))
    asked_for = Cancelled.outcome if action == "cancel" else "completed"
    return 0 if line["outcome"] in ("completed", asked_for) else 1


if __name__ == "__main__":
    sys.exit(main())
