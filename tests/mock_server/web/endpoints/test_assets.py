from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_fixtures.media import ASPECT_RATIOS, clip, last_frame
from seedance_mock.domain.clock import ManualClock

Create = Callable[..., str]
Poll = Callable[[str], Any]

WIDE = clip("16:9", audio=True).read_bytes()


@pytest.fixture
def finished(new_task: Create, poll: Poll, clock: ManualClock) -> Callable[..., Any]:
    """Give a function that creates a task from fields, awaits its end and returns it as shown."""

    def create(**fields: object) -> Any:
        task = new_task(**fields)
        clock.advance(5)
        return poll(task)

    return create


@pytest.fixture
def video_url(finished: Callable[..., Any]) -> str:
    """Give the URL of a finished video."""
    url: str = finished(aspect_ratio="16:9")["video_url"]
    return url


@pytest.mark.parametrize("audio", [True, False], ids=["sound", "silent"])
@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_video_is_the_clip_of_its_ratio(
    ratio: str, audio: bool, client: TestClient, finished: Callable[..., Any]
) -> None:
    url = finished(aspect_ratio=ratio, output_audio=audio)["video_url"]

    download = client.get(url)

    assert download.content == clip(ratio, audio=audio).read_bytes()
    assert download.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_last_frame_is_that_of_the_clip(
    ratio: str, client: TestClient, finished: Callable[..., Any]
) -> None:
    shown = finished(aspect_ratio=ratio, return_last_frame=True)

    download = client.get(shown["last_frame_url"])

    assert download.content == last_frame(ratio).read_bytes()
    assert download.headers["Content-Type"] == "image/png"


def test_download_needs_no_key(client: TestClient, video_url: str) -> None:
    del client.headers["Authorization"]

    assert client.get(video_url).status_code == 200


def test_download_ignores_a_bad_key(client: TestClient, video_url: str) -> None:
    answer = client.get(video_url, headers={"Authorization": "Bearer mt-other"})

    assert answer.status_code == 200


def test_download_says_how_long_it_is(client: TestClient, video_url: str) -> None:
    headers = client.get(video_url).headers

    assert headers["Content-Length"] == str(len(WIDE))
    assert headers["Accept-Ranges"] == "bytes"


def test_head_of_a_video_has_no_body(client: TestClient, video_url: str) -> None:
    head = client.head(video_url)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(WIDE))


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-1023", slice(0, 1024)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=-7", slice(len(WIDE) - 7, len(WIDE))),
        ("bytes=1000-", slice(1000, len(WIDE))),
        ("bytes=0-99999999", slice(0, len(WIDE))),
        ("bytes=-99999999", slice(0, len(WIDE))),
    ],
)
def test_range_gives_just_that_part(
    asked: str, part: slice, client: TestClient, video_url: str
) -> None:
    download = client.get(video_url, headers={"Range": asked})

    assert (download.status_code, download.content) == (206, WIDE[part])
    span = f"bytes {part.start}-{part.stop - 1}/{len(WIDE)}"
    assert download.headers["Content-Range"] == span
    assert download.headers["Content-Length"] == str(part.stop - part.start)


@pytest.mark.parametrize("asked", [f"bytes={len(WIDE)}-", "bytes=99999999-", "bytes=-0"])
def test_range_beyond_the_end_is_416(asked: str, client: TestClient, video_url: str) -> None:
    refusal = client.get(video_url, headers={"Range": asked})

    assert refusal.status_code == 416
    assert refusal.headers["Content-Range"] == f"bytes */{len(WIDE)}"


@pytest.mark.parametrize(
    "asked",
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
def test_malformed_range_is_ignored(asked: str, client: TestClient, video_url: str) -> None:
    headers = {b"Range": asked.encode("latin-1")}

    download = client.get(video_url, headers=headers)

    assert (download.status_code, download.content) == (200, WIDE)


@pytest.mark.parametrize("asked", ["bytes=0-1, 1-5", "BYTES = 0-5", "bytes=,0-5"])
def test_range_may_be_written_loosely(asked: str, client: TestClient, video_url: str) -> None:
    download = client.get(video_url, headers={"Range": asked})

    assert (download.status_code, download.content) == (206, WIDE[:6])


def test_parts_make_the_whole(client: TestClient, video_url: str) -> None:
    parts = [
        client.get(video_url, headers={"Range": f"bytes={start}-{start + 9_999}"}).content
        for start in range(0, len(WIDE), 10_000)
    ]

    assert b"".join(parts) == WIDE


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_known_video_is_not_sent_again(form: str, client: TestClient, video_url: str) -> None:
    etag = client.get(video_url).headers["ETag"]

    again = client.get(video_url, headers={"If-None-Match": form.format(etag)})

    assert (again.status_code, again.content) == (304, b"")


def test_other_video_is_sent(client: TestClient, video_url: str) -> None:
    again = client.get(video_url, headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.content) == (200, WIDE)


def test_unchanged_video_is_not_sent_again(client: TestClient, video_url: str) -> None:
    date = client.get(video_url).headers["Last-Modified"]

    again = client.get(video_url, headers={"If-Modified-Since": date})

    assert again.status_code == 304


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_range_holds_if_the_video_is_the_same(
    header: str, client: TestClient, video_url: str
) -> None:
    known = client.get(video_url).headers[header]

    part = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": known})

    assert (part.status_code, part.content) == (206, WIDE[:10])


def test_range_falls_if_the_video_is_another(client: TestClient, video_url: str) -> None:
    whole = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})

    assert (whole.status_code, whole.content) == (200, WIDE)


@pytest.mark.parametrize(
    "alter",
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
def test_altered_url_is_refused(
    alter: Callable[[str], str], client: TestClient, video_url: str
) -> None:
    assert client.get(video_url).status_code == 200

    refusal = client.get(alter(video_url))

    assert refusal.status_code == 403
    assert refusal.json()["error"]["code"] == "link_expired"


def test_query_of_another_task_does_not_fit(
    client: TestClient, finished: Callable[..., Any], video_url: str
) -> None:
    other = finished(aspect_ratio="16:9")["video_url"]

    mixed = "?".join([other.partition("?")[0], video_url.partition("?")[2]])

    assert client.get(mixed).status_code == 403


def test_result_has_no_folder_above_it(client: TestClient, video_url: str) -> None:
    assert client.get(video_url.replace("video.mp4", "..%2Fvideo.mp4")).status_code == 404


def test_result_of_no_task_is_404(client: TestClient, video_url: str) -> None:
    task = video_url.split("/")[-2]

    refusal = client.get(video_url.replace(task, "ldtask_" + "0" * 32))

    assert refusal.json()["error"]["code"] == "async_task_not_found"


def test_frame_not_asked_for_is_not_there(finished: Callable[..., Any]) -> None:
    assert "last_frame_url" not in finished()
