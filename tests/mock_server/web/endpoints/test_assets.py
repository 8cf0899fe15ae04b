from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from seedance_fixtures.media import VideoOrder, last_frame, video
from seedance_mock.domain.clock import ManualClock
from seedance_mock.stores import TaskChange
from seedance_mock.testing.asgi_call import AsgiCall, AsgiRequest
from seedance_mock.web.app import MockApp
from seedance_mock.web.endpoints.byte_ranges import BLOCK_SIZE

Create = Callable[..., str]
Poll = Callable[[str], Any]

ORDER = VideoOrder(1280, 720, 5)
COMMENT = "seedance-2.0, 720p 16:9, 5 s"
LABELS = {(1280, 720): "720p 16:9", (720, 1280): "720p 9:16", (4398, 1886): "4k 21:9"}

# Ids of tasks are equally long, so that all files are.
SIZE = video(ORDER, "ldtask_" + 32 * "0", COMMENT).size


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


@pytest.fixture
def content(video_url: str) -> bytes:
    """Give the bytes of that video."""
    return b"".join(video(ORDER, video_url.split("/")[-2], COMMENT).segments)


@pytest.mark.parametrize(
    ("fields", "order"),
    [
        ({}, VideoOrder(1280, 720, 5)),
        ({"output_audio": False, "duration": 15}, VideoOrder(1280, 720, 15, audio=False)),
        ({"watermark": True, "aspect_ratio": "9:16"}, VideoOrder(720, 1280, 5, watermark=True)),
        ({"resolution": "4k", "aspect_ratio": "21:9", "duration": 4}, VideoOrder(4398, 1886, 4)),
    ],
    ids=["defaults", "silent", "watermark", "4k"],
)
def test_a_video_is_what_was_ordered(
    fields: dict[str, object],
    order: VideoOrder,
    client: TestClient,
    completed_task: Callable[..., Any],
) -> None:
    task = completed_task(**{"aspect_ratio": "16:9", "return_last_frame": True, **fields})

    download, image = client.get(task["video_url"]), client.get(task["last_frame_url"])

    shown = (task["video"]["width"], task["video"]["height"], task["video"]["duration"])
    comment = f"seedance-2.0, {LABELS[order[:2]]}, {order.seconds} s"
    assert shown == order[:3]
    assert download.content == b"".join(video(order, task["id"], comment).segments)
    assert download.headers["Content-Type"] == "video/mp4"
    assert image.content == last_frame(order)
    assert image.headers["Content-Type"] == "image/png"


def test_a_video_may_be_a_quicktime_file(
    app: MockApp, client: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task_id = new_task(aspect_ratio="16:9")
    store = app.state.service.store
    task = asyncio.run(store.task(task_id))
    asyncio.run(store.commit(TaskChange(task, replace(task, container="mov"))))
    clock.advance(5)
    url = poll(task_id)["video_url"]

    download = client.get(url)

    assert "/video.mov?" in url
    assert download.headers["Content-Type"] == "video/quicktime"
    assert download.content[4:12] == b"ftypqt  "


@pytest.mark.parametrize("words", ["", "download-whole"], ids=["parts", "whole"])
def test_no_message_holds_a_whole_file(
    words: str, app: MockApp, completed_task: Callable[..., Any]
) -> None:
    fields = {"resolution": "4k", "aspect_ratio": "16:9", "prompt": f"a boat [mock: {words}]"}
    request = AsgiRequest(
        method="GET", url=completed_task(**fields)["video_url"], headers=(), body=b""
    )

    async def download() -> list[int]:
        call = AsgiCall(app, request)
        await call.start()
        sizes = []
        while not call.finished:
            sizes.append(len(await call.next_chunk()))
        return sizes

    sizes = asyncio.run(download())

    assert max(sizes) == BLOCK_SIZE
    assert sum(sizes) > 50_000


def test_two_tasks_have_different_videos(
    client: TestClient, completed_task: Callable[..., Any]
) -> None:
    urls = [completed_task(aspect_ratio="16:9")["video_url"] for _ in range(2)]

    first, second = (client.get(url) for url in urls)

    assert len(first.content) == len(second.content)
    assert first.headers["ETag"] != second.headers["ETag"]


def test_download_needs_no_key(client: TestClient, video_url: str) -> None:
    del client.headers["Authorization"]

    assert client.get(video_url).status_code == 200


def test_download_ignores_a_bad_key(client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"Authorization": "Bearer mt-other"})

    assert response.status_code == 200


def test_download_has_its_length(client: TestClient, video_url: str) -> None:
    headers = client.get(video_url).headers

    assert headers["Content-Length"] == str(SIZE)
    assert headers["Accept-Ranges"] == "bytes"


def test_head_of_a_video_has_no_body(client: TestClient, video_url: str) -> None:
    head = client.head(video_url)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(SIZE)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-1023", slice(0, 1024)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=-7", slice(SIZE - 7, SIZE)),
        ("bytes=1000-", slice(1000, SIZE)),
        ("bytes=0-99999999", slice(0, SIZE)),
        ("bytes=-99999999", slice(0, SIZE)),
    ],
)
def test_range_returns_that_part(
    header: str, expected: slice, client: TestClient, content: bytes, video_url: str
) -> None:
    download = client.get(video_url, headers={"Range": header})

    assert (download.status_code, download.content) == (206, content[expected])
    span = f"bytes {expected.start}-{expected.stop - 1}/{SIZE}"
    assert download.headers["Content-Range"] == span
    assert download.headers["Content-Length"] == str(expected.stop - expected.start)


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=99999999-", "bytes=-0"])
def test_range_beyond_the_end_is_416(header: str, client: TestClient, video_url: str) -> None:
    response = client.get(video_url, headers={"Range": header})

    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"


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
def test_malformed_range_is_ignored(
    header: str, client: TestClient, content: bytes, video_url: str
) -> None:
    headers = {b"Range": header.encode("latin-1")}

    download = client.get(video_url, headers=headers)

    assert (download.status_code, download.content) == (200, content)


@pytest.mark.parametrize("header", ["bytes=0-1, 1-5", "BYTES = 0-5", "bytes=,0-5"])
def test_range_allows_optional_whitespace(
    header: str, client: TestClient, content: bytes, video_url: str
) -> None:
    download = client.get(video_url, headers={"Range": header})

    assert (download.status_code, download.content) == (206, content[:6])


def test_ranges_add_up_to_the_file(client: TestClient, content: bytes, video_url: str) -> None:
    parts = [
        client.get(video_url, headers={"Range": f"bytes={start}-{start + 9_999}"}).content
        for start in range(0, SIZE, 10_000)
    ]

    assert b"".join(parts) == content


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_matching_etag_is_304(form: str, client: TestClient, video_url: str) -> None:
    etag = client.get(video_url).headers["ETag"]

    response = client.get(video_url, headers={"If-None-Match": form.format(etag)})

    assert (response.status_code, response.content) == (304, b"")


def test_other_etag_is_200(client: TestClient, content: bytes, video_url: str) -> None:
    response = client.get(video_url, headers={"If-None-Match": '"other"'})

    assert (response.status_code, response.content) == (200, content)


def test_unchanged_since_is_304(client: TestClient, video_url: str) -> None:
    date = client.get(video_url).headers["Last-Modified"]

    response = client.get(video_url, headers={"If-Modified-Since": date})

    assert response.status_code == 304


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_matching_if_range_is_206(
    header: str, client: TestClient, content: bytes, video_url: str
) -> None:
    validator = client.get(video_url).headers[header]

    part = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": validator})

    assert (part.status_code, part.content) == (206, content[:10])


def test_other_if_range_sends_the_whole_file(
    client: TestClient, content: bytes, video_url: str
) -> None:
    response = client.get(video_url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})

    assert (response.status_code, response.content) == (200, content)


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
