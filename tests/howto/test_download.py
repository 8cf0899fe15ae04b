"""Download a result without giving the key away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from seedance_mock.testing.fixtures import AccountJournal
from seedance_mock.testing.respx_router import MockRouter

API = "https://api.tokenlab.sh"
BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


def download(task: dict[str, Any], path: Path) -> None:
    """Save the video of a completed task; this is the code under test."""
    with httpx.stream("GET", task["video_url"]) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            file.write(part)


def test_the_video_is_saved_without_the_key(
    seedance_router: MockRouter, seedance_key: str, seedance_journal: AccountJournal, tmp_path: Path
) -> None:
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {seedance_key}"}) as client:
        task = client.post("/v1/videos/generations", json=BODY).json()
        while task["status"] != "completed":
            task = client.get(task["poll_url"]).json()

    download(task, tmp_path / "boat.mp4")

    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"
    [asked] = seedance_journal.entries(place="asset")
    assert not asked.authorized
