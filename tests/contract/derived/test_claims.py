from collections import Counter

import pytest

from seedance_contract.declared.sources import Weight
from seedance_contract.derived.claims import claims

CLAIMS = {claim.id: claim for claim in claims()}


def test_claim_ids_are_unique() -> None:
    repeated = [
        name for name, count in Counter(claim.id for claim in claims()).items() if count > 1
    ]

    assert repeated == []


def test_no_claim_lacks_text_or_source() -> None:
    assert [name for name, claim in CLAIMS.items() if not claim.text] == []
    assert [name for name, claim in CLAIMS.items() if not claim.source.place] == []


@pytest.mark.parametrize(
    ("claim", "text", "source"),
    [
        ("endpoint.createVideo", "POST /v1/videos/generations: ", "guide: create"),
        ("seedance-2.0.renders", "seedance-2.0 renders 480p, 720p, 1080p, 4k", "guide: models"),
        ("seedance-2.0.references", "at most 9 reference_images, 3 video_urls", "guide: models"),
        ("seedance-2.0-fast.cancel", "can be cancelled while queued", "page: cancel-task"),
        ("seedance-2.0-mini.cancel", "cannot be cancelled", "page: cancel-task"),
        ("image-to-video.needs-image", "starts from image_url or", "guide: image-to-video"),
        ("seed.range", "seed must be -1 to 4294967295", "openapi: VideoGenerationRequest.seed"),
        ("error.rate-limited", "429 rate_limit_exceeded", "page: rate-limits"),
        ("price.seedance-2.0.4k", "4k: CNY 26, with video 16", "price list: output price"),
        ("pixels", "pixels by resolution and ratio", "price list: output pixels"),
        ("billing.reserve", "Create reserves the estimate", "page: billing"),
    ],
)
def test_a_claim_has_text_and_source(claim: str, text: str, source: str) -> None:
    assert text in CLAIMS[claim].text
    assert str(CLAIMS[claim].source) == source


@pytest.mark.parametrize(
    "claim",
    [
        "auth.any-key",
        "auth.workspace",
        "auth.key-limits",
        "seedance-2.0-mini.references",
        "reference-to-video.image_urls",
        "reference-to-video.one-image-list",
        "video-extension.needs-source",
        "request.inference",
        "fps.unsupported",
        "negative_prompt.unsupported",
        "cfg_scale.unsupported",
        "motion_strength.unsupported",
        "size.unsupported",
        "effect_type.unsupported",
        "audio_url.unsupported",
        "reference_image_type.unsupported",
        "request.size",
        "request.content-type",
        "error.unknown-path",
        "error.method-not-allowed",
        "task.expiry",
        "task.adaptive",
        "task.duration-chosen",
        "price.input-seconds",
    ],
)
def test_assumptions_are_marked(claim: str) -> None:
    assert CLAIMS[claim].source.weight is Weight.ASSUMED


@pytest.mark.parametrize(
    "claim",
    [
        "reference-to-video.needs-reference",
        "frames.unsupported",
        "camera_fixed.unsupported",
        "draft.unsupported",
        "draft_task_id.unsupported",
        "kling_elements.unsupported",
        "service_tier.flex",
        "request.known",
        "seedance-2.0-fast.resolution",
        "error.task-not-owned",
        "price.usd",
    ],
)
def test_documented_facts_are_marked(claim: str) -> None:
    assert CLAIMS[claim].source.weight is Weight.DOCUMENTED
