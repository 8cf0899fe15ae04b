"""Habits of saving something that is not the video."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from urllib.parse import unquote

from seedance_client import JSON, Client, Job, SeedanceError, Video, seconds


class AcceptsCut(Client):
    """Takes what came for the whole file."""

    def download(self, video: Video, path: Path, number: int = 0) -> str:
        with self.exchange("GET", video.urls[number], {}, None, self.timeout) as response:
            try:
                path.write_bytes(b"".join(iter(lambda: response.read1(65_536), b"")))
            except OSError:
                path.touch()
        return hashlib.sha256(path.read_bytes()).hexdigest()


class AppendsWhatever(Client):
    """Appends a whole file to the part that it has."""

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        have = part.read_bytes() if part.exists() else b""
        status, hint = super()._fetch(url, part)
        if status == 200:
            part.write_bytes(have + part.read_bytes())
        return status, hint


class DecodesUrls(Client):
    """Decodes the signature of the link."""

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        return super()._fetch(unquote(url), part)


class TriesOnce(Client):
    """Gives up where a file does not come at once."""

    download_tries = 1


class AsksForTheHead(Client):
    """Asks with HEAD first, and gives up where that is refused."""

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        with self.exchange("HEAD", url, {}, None, self.timeout) as response:
            if response.status != 200:
                raise SeedanceError("download_failed", "HEAD was refused")
        return super()._fetch(url, part)


class KnowsOneLink(Client):
    """Tries an expired link again and again."""

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        status, hint = super()._fetch(url, part)
        return (500 if status == 403 else status), hint


class BuysAnother(Client):
    """Orders another video where the link to the first has expired."""

    asked: JSON

    def create(self, request: JSON, state: Path | None = None) -> Job:
        self.asked = request
        return super().create(request, state)

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        status, hint = super()._fetch(url, part)
        if status == 403:
            again = self.generate(self.asked)
            return super()._fetch(again.urls[0], part)
        return status, hint


class Hurries(Client):
    """Asks for a file that is not there ten times a second."""

    download_tries = 30

    def _fetch(self, url: str, part: Path) -> tuple[int, float]:
        for _ in range(10):
            status, hint = super()._fetch(url, part)
            if status != 503:
                break
            time.sleep(0.1)
        return status, min(hint, seconds("0"))
