import pytest

from seedance_contract.declared.models import CATEGORY, FAMILY, MODELS, PROVIDER
from seedance_contract.declared.sources import Weight

SIX = (
    "text-to-video",
    "image-to-video",
    "start-end-to-video",
    "reference-to-video",
    "video-to-video",
    "video-extension",
)


@pytest.mark.parametrize(
    ("model", "resolutions", "cancellable"),
    [
        ("seedance-2.0", ("480p", "720p", "1080p", "4k"), True),
        ("seedance-2.0-fast", ("480p", "720p"), True),
        ("seedance-2.0-mini", ("480p", "720p"), False),
    ],
)
def test_what_sets_a_model_apart(
    model: str, resolutions: tuple[str, ...], cancellable: bool
) -> None:
    assert MODELS[model].resolutions == resolutions
    assert MODELS[model].cancellable is cancellable


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_six_operations(model: str) -> None:
    assert MODELS[model].operations == SIX


@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_nine_three_three(model: str) -> None:
    assert dict(MODELS[model].references) == {
        "reference_images": 9,
        "video_urls": 3,
        "audio_urls": 3,
    }


def test_only_the_counts_of_mini_are_assumed() -> None:
    weights = {model.id: model.references_source.weight for model in FAMILY}

    assert weights == {
        "seedance-2.0": Weight.DOCUMENTED,
        "seedance-2.0-fast": Weight.DOCUMENTED,
        "seedance-2.0-mini": Weight.ASSUMED,
    }


def test_the_family_is_three_models_of_a_maker() -> None:
    assert list(MODELS) == ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]
    assert (PROVIDER, CATEGORY) == ("bytedance", "video")
