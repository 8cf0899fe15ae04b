"""Results in a real browser: Chromium plays them and seeks in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Serve = Callable[..., tuple[Any, int]]

# Plays the last half second only: a test has no time for more.
PLAY = """
async (url) => {
  const video = document.createElement("video");
  const event = (name) => new Promise((done, failed) => {
    video.addEventListener(name, done, { once: true });
    video.addEventListener("error", () => failed(video.error.message), { once: true });
  });
  video.muted = true;
  video.src = url;
  await event("loadedmetadata");
  const { videoWidth, videoHeight, duration } = video;
  video.currentTime = 2.5;
  await event("seeked");
  const canvas = new OffscreenCanvas(videoWidth, videoHeight);
  const picture = canvas.getContext("2d");
  picture.drawImage(video, 0, 0);
  const greens = [0.25, 0.75].map((x) => picture.getImageData(x * videoWidth, 4, 1, 1).data[1]);
  video.currentTime = duration - 0.5;
  await event("seeked");
  const ended = event("ended");
  await video.play();
  await ended;
  const sound = video.webkitAudioDecodedByteCount > 0;
  return { size: [videoWidth, videoHeight], duration, greens, sound };
}
"""

SHOW = """
async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page of a headless Chromium. Skips the test if there is none."""
    page = browser.new_page()
    yield page
    page.close()


def completed_task(origin: str, **fields: object) -> Any:
    """Return a task of a server whose tasks complete at once."""
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    body = json.dumps({"model": "seedance-2.0", "prompt": "a paper boat", **fields}).encode()
    with urlopen(Request(f"{origin}/v1/videos/generations", body, headers)) as created:
        poll_url = json.load(created)["poll_url"]
    with urlopen(Request(f"{origin}{poll_url}", headers=headers)) as polled:
        return json.load(polled)


@pytest.mark.slow("media")
def test_chromium_plays_and_seeks(page: Page, serve: Serve) -> None:
    _, port = serve("--lifecycle", "instant")
    origin = f"http://127.0.0.1:{port}"
    page.goto(f"{origin}/healthz")
    fields = {"aspect_ratio": "16:9", "duration": 4, "return_last_frame": True}
    tasks = [completed_task(origin, output_audio=audio, **fields) for audio in (True, False)]

    sounding, silent = (page.evaluate(PLAY, task["video_url"]) for task in tasks)
    still = page.evaluate(SHOW, tasks[0]["last_frame_url"])

    # At 2.5 s half of the bar is green.
    lit, unlit = sounding.pop("greens")
    assert unlit < 100 < lit
    assert sounding == {"size": [1280, 720], "duration": 4, "sound": True}
    assert silent["sound"] is False
    assert still == [1280, 720]
