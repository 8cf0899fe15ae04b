import pytest

from seedance_contract.declared.operations import Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.derived.recommendation import recommended_request
from seedance_contract.derived.validation import Rejected, violations

PROMPT = "A paper boat drifts down a rain gutter, seen from above"
IMAGE = "https://example.com/image.png"

CASES: list[tuple[str, Body, Body]] = [
    (
        "empty body",
        {},
        {"model": "seedance-2.0", "operation": "text-to-video", "prompt": PROMPT},
    ),
    (
        "illegal resolution is left out",
        {"model": "seedance-2.0-fast", "prompt": "my words", "resolution": "4k", "seed": 7},
        {
            "model": "seedance-2.0-fast",
            "operation": "text-to-video",
            "prompt": PROMPT,
            "seed": 7,
        },
    ),
    (
        "legal settings stay under canonical names",
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
        "unknown operation is replaced by the inferred one",
        {"model": "seedance-2.0-mini", "operation": "motion-control", "image_url": "x"},
        {
            "model": "seedance-2.0-mini",
            "operation": "image-to-video",
            "prompt": PROMPT,
            "image_url": IMAGE,
        },
    ),
    (
        "unknown model is replaced by the example model",
        {"model": "veo3.1", "operation": "video-extension", "task_id": ""},
        {
            "model": "seedance-2.0",
            "operation": "video-extension",
            "video_url": "https://example.com/video.mp4",
        },
    ),
    (
        "text and media are not repeated",
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
    ("body", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_recommended_request(body: Body, expected: Body) -> None:
    assert recommended_request(Rejected(violations(body), parse_body(body))) == expected
