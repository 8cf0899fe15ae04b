import pytest

from seedance_contract.declared.operations import Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.derived.recommendation import recommended_request

PROMPT = "A paper boat drifts down a rain gutter, seen from above"
IMAGE = "https://example.com/image.png"

CASES: list[tuple[str, Body, Body]] = [
    (
        "nothing sent",
        {},
        {"model": "seedance-2.0", "operation": "text-to-video", "prompt": PROMPT},
    ),
    (
        "a downgrade is proposed, not made",
        {"model": "seedance-2.0-fast", "prompt": "my words", "resolution": "4k", "seed": 7},
        {
            "model": "seedance-2.0-fast",
            "operation": "text-to-video",
            "prompt": PROMPT,
            "seed": 7,
        },
    ),
    (
        "legal selectors stay, by canonical name",
        {"model": "seedance-2.0", "seconds": 9, "ratio": "1:1", "draft": True, "style": "anime"},
        {
            "model": "seedance-2.0",
            "operation": "text-to-video",
            "prompt": PROMPT,
            "duration": 9,
            "aspect_ratio": "1:1",
        },
    ),
    (
        "an unknown operation gives way to the inputs",
        {"model": "seedance-2.0-mini", "operation": "motion-control", "image_url": "x"},
        {
            "model": "seedance-2.0-mini",
            "operation": "image-to-video",
            "prompt": PROMPT,
            "image_url": IMAGE,
        },
    ),
    (
        "an unknown model gives way to the first",
        {"model": "veo3.1", "operation": "video-extension", "task_id": ""},
        {
            "model": "seedance-2.0",
            "operation": "video-extension",
            "video_url": "https://example.com/video.mp4",
        },
    ),
    (
        "what the client said is not repeated",
        {
            "model": "seedance-2.0",
            "prompt": "secret",
            "user": "secret",
            "safety_identifier": "secret",
            "start_image": "https://secret.example/",
            "extend_times": "secret",
        },
        {
            "model": "seedance-2.0",
            "operation": "video-extension",
            "video_url": "https://example.com/video.mp4",
        },
    ),
]


@pytest.mark.parametrize(
    ("body", "request_"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_corrected_request_is_near(body: Body, request_: Body) -> None:
    assert recommended_request(parse_body(body)) == request_
