"""The entries of the declared models, as the documents describe them."""

import pytest

from seedance_contract.declared.limits import Range
from seedance_contract.declared.models import (
    CATEGORY,
    EXAMPLE_MODEL,
    FAMILY,
    MODELS,
    PROVIDER,
    SEEDANCE_2_0,
    Model,
    all_aspect_ratios,
    all_durations,
    all_resolutions,
    family_names,
    max_references,
)
from seedance_contract.declared.sources import Weight

OPERATIONS = (
    "text-to-video",
    "image-to-video",
    "start-end-to-video",
    "reference-to-video",
    "video-to-video",
    "video-extension",
)
every_model = pytest.mark.parametrize(
    "model", [model for model in FAMILY if model.family == SEEDANCE_2_0], ids=lambda model: model.id
)


# The list of the family. Other tests take it from the declared models.
def test_the_family_has_three_models() -> None:
    assert list(MODELS) == ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]
    assert (PROVIDER, CATEGORY, EXAMPLE_MODEL) == ("bytedance", "video", "seedance-2.0")


@pytest.mark.parametrize(
    ("model", "resolutions", "cancellable"),
    [
        ("seedance-2.0", ("480p", "720p", "1080p", "4k"), True),
        ("seedance-2.0-fast", ("480p", "720p"), True),
        ("seedance-2.0-mini", ("480p", "720p"), False),
    ],
)
def test_models_differ_in_resolutions_and_cancellation(
    model: str, resolutions: tuple[str, ...], cancellable: bool
) -> None:
    assert MODELS[model].resolutions == resolutions
    assert MODELS[model].cancellable is cancellable


@every_model
def test_every_model_has_all_operations(model: Model) -> None:
    assert model.operations == OPERATIONS


@every_model
def test_every_model_makes_4_to_15_seconds(model: Model) -> None:
    assert model.durations == Range(4, 15, special_values=(-1,))


@every_model
def test_every_model_takes_seven_ratios(model: Model) -> None:
    assert model.aspect_ratios == ("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
    assert model.output_ratios == ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")


@every_model
def test_every_model_takes_9_3_3_references(model: Model) -> None:
    assert dict(model.references) == {"reference_images": 9, "video_urls": 3, "audio_urls": 3}


def test_only_the_counts_of_mini_are_assumed() -> None:
    weights = {model.id: model.references_source.weight for model in FAMILY}

    assert weights == {
        "seedance-2.0": Weight.DOCUMENTED,
        "seedance-2.0-fast": Weight.DOCUMENTED,
        "seedance-2.0-mini": Weight.ASSUMED,
    }


def test_limits_without_a_model_are_the_widest() -> None:
    assert all_durations(MODELS) == Range(4, 15, special_values=(-1,))
    assert all_resolutions(MODELS) == ("480p", "720p", "1080p", "4k")
    assert all_aspect_ratios(MODELS)[0] == "adaptive"
    assert max_references(MODELS, "reference_images") == 9
    assert family_names(MODELS) == "Seedance 2.0"
