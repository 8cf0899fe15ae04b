"""Habits of saving a file that is not the video, or no file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote

from habits.habit import Habit
from seedance_client import JSON, Client, SeedanceError, Task, Video


class AcceptsIncompleteFile(Client):
    """Saves an incomplete body as the video."""

    def download(self, video: Video, path: Path, number: int = 0) -> str:
        with self.stream("GET", video.urls[number], {}, None, self.timeout) as response:
            try:
                path.write_bytes(b"".join(iter(lambda: response.read1(65_536), b"")))
            except OSError:
                path.touch()
        return hashlib.sha256(path.read_bytes()).hexdigest()


class AppendsWholeFile(Client):
    """Appends the whole file to the part that it has if the server ignores Range."""

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        content = part.read_bytes() if part.exists() else b""
        status, retry_after = super()._download_part(url, part)
        if status == 200:
            part.write_bytes(content + part.read_bytes())
        return status, retry_after


class DecodesUrls(Client):
    """Decodes the escapes in a signed URL."""

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        return super()._download_part(unquote(url), part)


class DownloadsOnce(Client):
    """Never retries a download."""

    max_download_attempts = 1


class SendsHeadFirst(Client):
    """Sends HEAD before GET, and gives up if HEAD is refused."""

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        with self.stream("HEAD", url, {}, None, self.timeout) as response:
            if response.status != 200:
                raise SeedanceError("download_failed", "HEAD was refused")
        return super()._download_part(url, part)


class ReusesExpiredUrl(Client):
    """Retries an expired URL without asking for a fresh one."""

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        status, retry_after = super()._download_part(url, part)
        # The client handles 500 as an error that may go away, and keeps the URL.
        return (500 if status == 403 else status), retry_after


class CreatesForFreshUrl(Client):
    """Creates another video if the URL of the first has expired."""

    request: JSON

    def create(self, request: JSON, state_file: Path | None = None) -> Task:
        self.request = request
        return super().create(request, state_file)

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        status, retry_after = super()._download_part(url, part)
        if status == 403:
            second_video = self.generate(self.request)
            return super()._download_part(second_video.urls[0], part)
        return status, retry_after


class HammersAssets(Client):
    """Requests a file that is not available ten times a second."""

    max_download_attempts = 30

    def _download_part(self, url: str, part: Path) -> tuple[int, float]:
        for _ in range(10):
            status, _ = super()._download_part(url, part)
            if status != 503:
                break
            self.sleep(0.1)
        return status, 0.0


HABITS = (
    Habit("--decode-asset-url", "decodes the URL of a video", DecodesUrls),
    Habit("--accept-cut-download", "saves an incomplete file", AcceptsIncompleteFile),
    Habit("--append-ignoring-200", "appends the whole file", AppendsWholeFile),
    Habit("--retry-expired-url", "retries an expired URL", ReusesExpiredUrl),
    Habit("--create-for-fresh-url", "creates another video for a fresh URL", CreatesForFreshUrl),
    Habit("--download-once", "never retries a download", DownloadsOnce),
    Habit("--head-first", "depends on HEAD", SendsHeadFirst),
    Habit("--hammer-assets", "retries a download at once", HammersAssets),
)
