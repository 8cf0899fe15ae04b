"""Download a result without sending the API key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from seedance_mock.testing import AccountJournal, MockRouter

API = "https://api.tokenlab.sh"
BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


def download(task: dict[str, Any], path: Path) -> None:
    """Save the video of a completed task. This is the code under test."""
    with httpx.stream("GET", task["video_url"]) as response, path.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            file.write(chunk)


def test_a_download_does_not_send_the_key(
    seedance_router: MockRouter, seedance_key: str, seedance_journal: AccountJournal, tmp_path: Path
) -> None:
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {seedance_key}"}) as client:
        task = client.post("/v1/videos/generations", json=BODY).json()
        while task["status"] != "completed":
            task = client.get(task["poll_url"]).json()

    download(task, tmp_path / "boat.mp4")

    assert (tmp_path / "boat.mp4").read_bytes()[4:8] == b"ftyp"
    [entry] = seedance_journal.entries(place="asset")
    assert not entry.authorized
