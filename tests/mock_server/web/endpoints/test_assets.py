from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_fixtures.media import ASPECT_RATIOS, clip, last_frame
from seedance_mock.domain.clock import ManualClock

Create = Callable[..., str]
Poll = Callable[[str], Any]

CLIP = clip("16:9", audio=True).read_bytes()


@pytest.fixture
def completed_task(new_task: Create, poll: Poll, clock: ManualClock) -> Callable[..., Any]:
    """Give a function that creates a task from fields and returns it once it is completed."""

    def create(**fields: object) -> Any:
        task = new_task(**fields)
        clock.advance(5)
        return poll(task)

    return create


@pytest.fixture
def video_url(completed_task: Callable[..., Any]) -> str:
    """Give the URL of a completed video."""
    url: str = completed_task(aspect_ratio="16:9")["video_url"]
    return url


@pytest.mark.parametrize("audio", [True, False], ids=["sound", "silent"])
@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_video_is_the_clip_of_its_ratio(
    ratio: str, audio: bool, client: TestClient, completed_task: Callable[..., Any]
) -> None:
    url = completed_task(aspect_ratio=ratio, output_audio=audio)["video_url"]

    download = client.get(url)

    assert download.content == clip(ratio, audio=audio).read_bytes()
    assert download.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_last_frame_is_that_of_the_clip(
    ratio: str, client: TestClient, completed_task: Callable[..., Any]
) -> None:
    task = completed_task(aspect_ratio=ratio, return_last_frame=True)

    download = client.get(task["last_frame_url"])

    assert download.content == last_frame(ratio).read_bytes()
    assert download.headers["Content-Type"] == "image/png"


def test_download_needs_no_key(client: TestClient, video_url: str) -> None:
    del client.headers["Authorization"]

    assert client.get(video_url).status_code == 200


def test_download_ignores_a_bad_key(client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"Authorization": "Bearer mt-other"})

    assert response.status_code == 200


def test_download_has_its_length(client: TestClient, video_url: str) -> None:
    headers = client.get(video_url).headers

    assert headers["Content-Length"] == str(len(CLIP))
    assert headers["Accept-Ranges"] == "bytes"


def test_head_of_a_video_has_no_body(client: TestClient, video_url: str) -> None:
    head = client.head(video_url)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(CLIP))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-1023", slice(0, 1024)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=-7", slice(len(CLIP) - 7, len(CLIP))),
        ("bytes=1000-", slice(1000, len(CLIP))),
        ("bytes=0-99999999", slice(0, len(CLIP))),
        ("bytes=-99999999", slice(0, len(CLIP))),
    ],
)
def test_range_returns_that_part(
    header: str, expected: slice, client: TestClient, video_url: str
) -> None:
    download = client.get(video_url, headers={"Range": header})

    assert (download.status_code, download.content) == (206, CLIP[expected])
    span = f"bytes {expected.start}-{expected.stop - 1}/{len(CLIP)}"
    assert download.headers["Content-Range"] == span
    assert download.headers["Content-Length"] == str(expected.stop - expected.start)


@pytest.mark.parametrize("header", [f"bytes={len(CLIP)}-", "bytes=99999999-", "bytes=-0"])
def test_range_beyond_the_end_is_416(header: str, client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"Range": header})

    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CLIP)}"


# RFC 9110, 14.2: a server may ignore an invalid Range header. Starlette would answer 400.
@pytest.mark.parametrize(
    "header",
    [
        "items=0-5",
        "bytes=5-2",
        "bytes=99999999-5",
        "bytes=abc",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=0-5,x",
        "bytes=0-" + "9" * 5_000,
        "bytes=1-²",
    ],
)
def test_malformed_range_is_ignored(header: str, client: TestClient, video_url: str) -> None:
    headers = {b"Range": header.encode("latin-1")}

    download = client.get(video_url, headers=headers)

    assert (download.status_code, download.content) == (200, CLIP)


@pytest.mark.parametrize("header", ["bytes=0-1, 1-5", "BYTES = 0-5", "bytes=,0-5"])
def test_range_allows_optional_whitespace(header: str, client: TestClient, video_url: str) -> None:
    download = client.get(video_url, headers={"Range": header})

    assert (download.status_code, download.content) == (206, CLIP[:6])


def test_ranges_add_up_to_the_file(client: TestClient, video_url: str) -> None:
    parts = [
        client.get(video_url, headers={"Range": f"bytes={start}-{start + 9_999}"}).content
        for start in range(0, len(CLIP), 10_000)
    ]

    assert b"".join(parts) == CLIP


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_matching_etag_is_304(form: str, client: TestClient, video_url: str) -> None:
    etag = client.get(video_url).headers["ETag"]

    response = client.get(video_url, headers={"If-None-Match": form.format(etag)})

    assert (response.status_code, response.content) == (304, b"")


def test_other_etag_is_200(client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"If-None-Match": '"other"'})

    assert (response.status_code, response.content) == (200, CLIP)


def test_unchanged_since_is_304(client: TestClient, video_url: str) -> None:
    date = client.get(video_url).headers["Last-Modified"]

    response = client.get(video_url, headers={"If-Modified-Since": date})

    assert response.status_code == 304


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_matching_if_range_is_206(header: str, client: TestClient, video_url: str) -> None:
    validator = client.get(video_url).headers[header]

    part = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": validator})

    assert (part.status_code, part.content) == (206, CLIP[:10])


def test_other_if_range_sends_the_whole_file(client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})

    assert (response.status_code, response.content) == (200, CLIP)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.partition("?")[0],
        lambda url: url + "&",
        lambda url: url + "&download=1",
        lambda url: url.replace("expires=", "expires=1"),
        lambda url: url.replace("signature=", "signature=A"),
        lambda url: url.replace("%3D", "="),
        lambda url: "{0}?{2}&{1}".format(*url.replace("&", "?").split("?")),
        lambda url: url.replace("video.mp4", "last_frame.png"),
        lambda url: url.replace("video.mp4", "video.mov"),
    ],
    ids=[
        "no-query",
        "ampersand",
        "more",
        "other-time",
        "other-signature",
        "decoded",
        "other-order",
        "other-file",
        "unknown-file",
    ],
)
def test_altered_url_is_403(
    change: Callable[[str], str], client: TestClient, video_url: str
) -> None:
    assert client.get(video_url).status_code == 200

    response = client.get(change(video_url))

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "link_expired"


def test_query_of_another_task_is_403(
    client: TestClient, completed_task: Callable[..., Any], video_url: str
) -> None:
    other_url = completed_task(aspect_ratio="16:9")["video_url"]

    wrong_link = "?".join([other_url.partition("?")[0], video_url.partition("?")[2]])

    assert client.get(wrong_link).status_code == 403


def test_parent_folder_in_a_url_is_404(client: TestClient, video_url: str) -> None:
    assert client.get(video_url.replace("video.mp4", "..%2Fvideo.mp4")).status_code == 404


def test_result_of_an_unknown_task_is_404(client: TestClient, video_url: str) -> None:
    task = video_url.split("/")[-2]

    response = client.get(video_url.replace(task, "ldtask_" + "0" * 32))

    assert response.json()["error"]["code"] == "async_task_not_found"


def test_unrequested_frame_has_no_url(completed_task: Callable[..., Any]) -> None:
    assert "last_frame_url" not in completed_task()
