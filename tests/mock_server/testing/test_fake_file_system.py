"""The mock in tests that hide the files of the system with pyfakefs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.usefixtures("unmeasured")

Run = Callable[..., pytest.RunResult]

TESTS = """
    import json
    from pathlib import Path
    from urllib.request import Request, urlopen
    import httpx, pytest

    BODY = {
        "model": "seedance-2.0", "prompt": "a paper boat", "aspect_ratio": "1:1",
        "return_last_frame": True,
    }
    HOST = "https://api.tokenlab.sh"

    def download(client):
        task = client.post("/v1/videos/generations", json=BODY).json()
        while task["status"] != "completed":
            task = client.get(task["poll_url"]).json()
        for name in ("video_url", "last_frame_url"):
            response = client.get(task[name]).raise_for_status()
            Path("/result").write_bytes(response.content)
            assert Path("/result").read_bytes() == response.content != b""
            part = client.get(task[name], headers={"Range": "bytes=4-7"})
            assert part.content == response.content[4:8]

    def client(transport, key):
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(transport=transport, base_url=HOST, headers=headers)

    def test_a_new_mock(fs):
        from seedance_mock.testing import MockTransport, new_key

        with client(MockTransport(), new_key("clock-polls")) as user:
            download(user)

    def test_in_process(fs, seedance_httpx_transport, seedance_key):
        download(client(seedance_httpx_transport, seedance_key))

    @pytest.mark.seedance("download-whole")
    def test_whole(fs, seedance_httpx_transport, seedance_key):
        user = client(seedance_httpx_transport, seedance_key)
        task = user.post("/v1/videos/generations", json=BODY).json()
        while task["status"] != "completed":
            task = user.get(task["poll_url"]).json()
        assert user.get(task["video_url"]).content[4:8] == b"ftyp"

    def test_live(seedance_url, seedance_key, seedance_journal, fs):
        headers = {"Authorization": f"Bearer {seedance_key}"}

        def call(path, data=None):
            url = path if path.startswith("http") else seedance_url + path
            with urlopen(Request(url, data, headers)) as response:
                return response.read()

        task = json.loads(call("/v1/videos/generations", json.dumps(BODY).encode()))
        while task["status"] != "completed":
            task = json.loads(call(task["poll_url"]))
        assert call(task["video_url"])[4:8] == b"ftyp"
        assert len(seedance_journal.entries(place="asset")) == 1
"""


def test_results_can_be_downloaded(run: Run) -> None:
    run(TESTS, "-p", "pyfakefs.pytest_plugin").assert_outcomes(passed=4)
