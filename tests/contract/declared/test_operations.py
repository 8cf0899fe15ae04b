import pytest

from seedance_contract.declared.operations import (
    INFERENCE_SOURCE,
    OPERATIONS,
    UNSUPPORTED_OPERATIONS,
    infer_operation,
)
from seedance_contract.declared.sources import Weight

URLS = ["https://example.com/1", "https://example.com/2"]

INFERRED = [
    ("nothing", {}, "text-to-video"),
    ("prompt", {"prompt": "a boat"}, "text-to-video"),
    ("image_url", {"image_url": URLS[0]}, "image-to-video"),
    ("image", {"image": "data:image/png;base64,AAAA"}, "image-to-video"),
    ("one image", {"image_urls": URLS[:1]}, "image-to-video"),
    ("no image", {"image_urls": []}, "image-to-video"),
    ("images that are no list", {"image_urls": "two"}, "image-to-video"),
    ("two images", {"image_urls": URLS}, "reference-to-video"),
    ("reference", {"reference_images": URLS[:1]}, "reference-to-video"),
    ("audio", {"audio_urls": URLS[:1]}, "reference-to-video"),
    ("two videos", {"video_urls": URLS}, "reference-to-video"),
    ("one video", {"video_urls": URLS[:1]}, "video-to-video"),
    ("video_url", {"video_url": URLS[0]}, "video-to-video"),
    ("start", {"start_image": URLS[0]}, "start-end-to-video"),
    ("end", {"end_image": URLS[0]}, "start-end-to-video"),
    ("task", {"task_id": "ldtask_0"}, "video-extension"),
    ("extend_at", {"video_url": URLS[0], "extend_at": 0}, "video-extension"),
    ("extend_times", {"video_url": URLS[0], "extend_times": "2"}, "video-extension"),
    ("task before start", {"start_image": URLS[0], "task_id": "x"}, "video-extension"),
    (
        "start before reference",
        {"reference_images": URLS[:1], "end_image": ""},
        "start-end-to-video",
    ),
    (
        "reference before video",
        {"video_url": URLS[0], "audio_urls": URLS[:1]},
        "reference-to-video",
    ),
    ("references before image", {"image": "", "video_urls": URLS}, "reference-to-video"),
    ("video before image", {"image_url": URLS[0], "video_url": URLS[0]}, "video-to-video"),
]


def test_there_are_six_operations() -> None:
    assert list(OPERATIONS) == [
        "text-to-video",
        "image-to-video",
        "start-end-to-video",
        "reference-to-video",
        "video-to-video",
        "video-extension",
    ]
    assert UNSUPPORTED_OPERATIONS == ("audio-to-video", "motion-control")


@pytest.mark.parametrize(
    ("operation", "required", "optional", "requires_prompt"),
    [
        ("text-to-video", [], [], True),
        ("image-to-video", [["image_url", "image", "image_urls"]], [], True),
        ("start-end-to-video", [["start_image"], ["end_image"]], [], True),
        (
            "reference-to-video",
            [["reference_images", "image_urls", "video_urls"]],
            ["audio_urls"],
            True,
        ),
        ("video-to-video", [["video_url", "video_urls"]], [], True),
        ("video-extension", [["task_id", "video_url"]], ["extend_at", "extend_times"], False),
    ],
)
def test_inputs_of_an_operation(
    operation: str, required: list[list[str]], optional: list[str], requires_prompt: bool
) -> None:
    declared = OPERATIONS[operation]

    assert [list(needed.fields) for needed in declared.required_inputs] == required
    assert (list(declared.optional_inputs), declared.requires_prompt) == (optional, requires_prompt)


def test_undocumented_inputs_are_assumed() -> None:
    assumed = {
        f"{operation.name}: {needed.name}"
        for operation in OPERATIONS.values()
        for needed in operation.required_inputs
        if needed.source.weight is Weight.ASSUMED
    }

    assert assumed == {"video-extension: source"}


def test_image_urls_as_references_are_assumed() -> None:
    [reference] = OPERATIONS["reference-to-video"].required_inputs

    assert reference.substitute is not None
    assert reference.substitute.source.weight is Weight.ASSUMED


@pytest.mark.parametrize(
    ("body", "operation"),
    [case[1:] for case in INFERRED],
    ids=[case[0] for case in INFERRED],
)
def test_inputs_imply_an_operation(body: dict[str, object], operation: str) -> None:
    assert infer_operation(body).name == operation


def test_the_order_of_inference_is_assumed() -> None:
    assert INFERENCE_SOURCE.weight is Weight.ASSUMED
