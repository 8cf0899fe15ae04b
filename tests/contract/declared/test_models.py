"""The entries of the declared models, as the documents describe them."""

from dataclasses import replace

import pytest

from seedance_contract.declared.limits import Range
from seedance_contract.declared.model import (
    Model,
    all_aspect_ratios,
    all_durations,
    all_resolutions,
    family_names,
    max_references,
)
from seedance_contract.declared.models import (
    CATEGORY,
    EXAMPLE_MODEL,
    FAMILY,
    MODELS,
    PROVIDER,
    SEEDANCE_2_0,
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
def test_the_models() -> None:
    assert list(MODELS) == [
        "seedance-2.0",
        "seedance-2.0-fast",
        "seedance-2.0-mini",
        "seedance-2.5",
    ]
    assert (PROVIDER, CATEGORY, EXAMPLE_MODEL) == ("bytedance", "video", "seedance-2.0")


@pytest.mark.parametrize(
    ("model", "resolutions", "cancellable"),
    [
        ("seedance-2.0", ("480p", "720p", "1080p", "4k"), True),
        ("seedance-2.0-fast", ("480p", "720p"), True),
        ("seedance-2.0-mini", ("480p", "720p"), False),
        ("seedance-2.5", ("480p", "720p"), True),
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
    assumed = [model.id for model in FAMILY if model.references_source.weight is Weight.ASSUMED]

    assert assumed == ["seedance-2.0-mini"]


def test_limits_without_a_model_are_the_widest() -> None:
    base, fast = MODELS["seedance-2.0"], MODELS["seedance-2.0-fast"]
    longer = replace(
        fast,
        family="Seedance 3",
        durations=Range(2, 10, special_values=(0,)),
        resolutions=("8k",),
        references={"reference_images": 20},
    )
    models = {"base": base, "longer": longer}

    assert all_durations(models) == Range(2, 15, special_values=(-1, 0))
    assert all_resolutions(models) == ("480p", "720p", "1080p", "4k", "8k")
    assert all_aspect_ratios(models) == base.aspect_ratios
    assert max_references(models, "reference_images") == 20
    assert max_references(models, "video_urls") == 3
    assert family_names(models) == "Seedance 2.0 and Seedance 3"
