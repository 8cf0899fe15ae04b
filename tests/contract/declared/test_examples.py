import pytest

from seedance_contract.declared import examples
from seedance_contract.declared.model import Model
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.derived.validation import violated_rules

IMAGE = "https://example.com/image.png"
VIDEO = "https://example.com/video.mp4"


@pytest.mark.parametrize(
    ("operation", "media"),
    [
        ("text-to-video", {}),
        ("image-to-video", {"image_url": IMAGE}),
        ("start-end-to-video", {"start_image": IMAGE, "end_image": IMAGE}),
        ("reference-to-video", {"reference_images": [IMAGE]}),
        ("video-to-video", {"video_url": VIDEO}),
    ],
)
def test_an_example_has_the_required_inputs(operation: str, media: dict[str, object]) -> None:
    request = examples.example_request(OPERATIONS[operation])

    assert request == {
        "model": "seedance-2.0",
        "operation": operation,
        "prompt": "A paper boat drifts down a rain gutter, seen from above",
        **media,
    }


def test_an_extension_starts_from_a_url() -> None:
    assert examples.example_request(OPERATIONS["video-extension"], "seedance-2.0-mini") == {
        "model": "seedance-2.0-mini",
        "operation": "video-extension",
        "video_url": VIDEO,
    }


def test_inputs_of_an_extension_are_a_task() -> None:
    inputs = examples.example_inputs(OPERATIONS["video-extension"])

    assert list(inputs) == ["task_id"]


@pytest.mark.parametrize("model", FAMILY, ids=lambda model: model.id)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_example_is_legal_on_every_model(operation: str, model: Model) -> None:
    assert violated_rules(examples.example_request(OPERATIONS[operation], model.id)) == []
