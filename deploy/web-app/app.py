"""A small web application: each visit of its page creates a video and shows it."""

from __future__ import annotations

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from urllib.request import Request, urlopen

PORT = int(os.environ.get("PORT", "3000"))
BASE_URL = os.environ["TOKENLAB_BASE_URL"]
HEADERS = {
    "Authorization": f"Bearer {os.environ['TOKENLAB_API_KEY']}",
    "Content-Type": "application/json",
}
REQUEST = {"model": "seedance-2.0-fast", "prompt": "A paper boat"}


def call(path: str, body: dict[str, str] | None = None) -> dict[str, str]:
    """Return the JSON response of the API."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(BASE_URL + path, data, HEADERS), timeout=30) as response:
        task: dict[str, str] = json.load(response)
    return task


def video_url() -> str:
    """Create a video, and return its URL when it is complete."""
    task = call("/v1/videos/generations", REQUEST)
    while task["status"] not in ("completed", "failed"):
        sleep(1)
        task = call(task["poll_url"])
    return task["video_url"]


class Page(BaseHTTPRequestHandler):
    """The only page."""

    def do_GET(self) -> None:
        """Show a new video."""
        text = f'<!doctype html><video src="{html.escape(video_url())}" autoplay controls></video>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    with ThreadingHTTPServer(("", PORT), Page) as server:
        print(f"http://localhost:{server.server_address[1]}", flush=True)
        server.serve_forever()
