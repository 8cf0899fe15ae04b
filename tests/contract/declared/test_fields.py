import pytest

from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import (
    ALIASES,
    ALIASES_SOURCE,
    COMMON_FIELDS,
    FIELDS,
    IMAGE_FIELDS,
    INPUT_FIELDS,
    KNOWN_NAMES,
    MATERIAL_FIELDS,
    MATERIALS_SOURCE,
    UNSUPPORTED_FIELDS,
    common_fields,
    input_fields,
)
from seedance_contract.declared.limits import Length, Limit, OneOf, Range
from seedance_contract.declared.media_limits import MediaUrl, Medium
from seedance_contract.declared.models import FAMILY, SEEDANCE_2_0
from seedance_contract.declared.sources import Weight

MODELS_2_0 = {model.id: model for model in FAMILY if model.family == SEEDANCE_2_0}
FIELDS_2_0 = {field.name: field for field in common_fields(MODELS_2_0) + input_fields(MODELS_2_0)}
"""The fields without models of other generations, whose limits would widen the common ones."""

TABLE: list[tuple[str, str, tuple[Limit, ...], object]] = [
    ("model", "string", (), None),
    ("operation", "string", (), None),
    ("prompt", "string", (Length(1),), None),
    ("duration", "integer", (Range(4, 15, special_values=(-1,)),), 5),
    ("resolution", "string", (OneOf(("480p", "720p", "1080p", "4k")),), "720p"),
    (
        "aspect_ratio",
        "string",
        (OneOf(("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9")),),
        "adaptive",
    ),
    ("output_audio", "boolean", (), True),
    ("watermark", "boolean", (), False),
    ("return_last_frame", "boolean", (), False),
    ("seed", "integer", (Range(-1, 4_294_967_295),), -1),
    ("execution_expires_after", "integer", (Range(3_600, 259_200),), 172_800),
    ("priority", "integer", (Range(0, 9),), 0),
    ("safety_identifier", "string", (Length(0, 128),), None),
    ("service_tier", "string", (OneOf(("default", "flex")),), None),
    ("output_format", "string", (OneOf(("mp4", "mov")),), None),
    ("user", "string", (), None),
    ("image_url", "string", (MediaUrl(Medium.IMAGE),), None),
    ("image", "string", (MediaUrl(Medium.IMAGE, inline_only=True),), None),
    ("image_urls", "array", (MediaUrl(Medium.IMAGE, is_list=True),), None),
    ("reference_images", "array", (MediaUrl(Medium.IMAGE, is_list=True),), None),
    ("video_url", "string", (MediaUrl(Medium.VIDEO),), None),
    ("video_urls", "array", (MediaUrl(Medium.VIDEO, is_list=True),), None),
    ("audio_urls", "array", (MediaUrl(Medium.AUDIO, is_list=True),), None),
    ("start_image", "string", (MediaUrl(Medium.IMAGE),), None),
    ("end_image", "string", (MediaUrl(Medium.IMAGE),), None),
    ("task_id", "string", (Length(1),), None),
    ("extend_at", "integer", (Range(0, None),), None),
    ("extend_times", "string", (), None),
]


@pytest.mark.parametrize(
    ("name", "kind", "limits", "default"), TABLE, ids=[row[0] for row in TABLE]
)
def test_a_field_is_as_documented(
    name: str, kind: str, limits: tuple[Limit, ...], default: object
) -> None:
    field = FIELDS_2_0[name]

    assert (field.type, field.limits) == (kind, limits)
    assert field.default is default or field.default == default


def test_the_request_has_no_other_fields() -> None:
    assert list(FIELDS) == [row[0] for row in TABLE]
    assert (len(COMMON_FIELDS), len(INPUT_FIELDS)) == (16, 12)


@pytest.mark.parametrize(
    ("name", "item_range"),
    [
        ("image_urls", (1, 9)),
        ("reference_images", (1, 9)),
        ("video_urls", (1, 3)),
        ("audio_urls", (1, 3)),
    ],
)
def test_an_array_has_a_documented_length(name: str, item_range: tuple[int, int]) -> None:
    assert FIELDS_2_0[name].item_range == item_range


def test_aliases_are_those_of_the_documents() -> None:
    assert dict(ALIASES) == {
        "ratio": "aspect_ratio",
        "seconds": "duration",
        "generate_audio": "output_audio",
        "outputAudio": "output_audio",
        "referenceImages": "reference_images",
        "referenceImageType": "reference_image_type",
    }
    assert FIELDS["output_audio"].spellings == ("output_audio", "outputAudio", "generate_audio")


def test_unsupported_fields() -> None:
    documented = {
        name
        for name, field in UNSUPPORTED_FIELDS.items()
        if field.source.weight is Weight.DOCUMENTED
    }

    assert documented == {"frames", "camera_fixed", "draft", "draft_task_id", "kling_elements"}
    assert set(UNSUPPORTED_FIELDS) - documented == {
        "fps",
        "negative_prompt",
        "cfg_scale",
        "motion_strength",
        "size",
        "effect_type",
        "audio_url",
        "reference_image_type",
    }


def test_only_draft_false_is_a_no_op() -> None:
    no_ops = {name: field.no_op_values for name, field in UNSUPPORTED_FIELDS.items()}

    assert {name: values for name, values in no_ops.items() if values} == {"draft": (False,)}


def test_fields_that_may_name_a_material() -> None:
    assert MATERIAL_FIELDS == ("material_asset_id", "material_asset_ids")
    assert {"image_url", "image_urls", "reference_images", "start_image", "end_image"} <= {
        *IMAGE_FIELDS
    }
    assert {"video_url", "video_urls", "audio_urls"}.isdisjoint(IMAGE_FIELDS)


def test_known_names_include_aliases() -> None:
    assert len(KNOWN_NAMES) == 27 + 14 + 2 + 6
    assert {"prompt", "fps", "material_asset_id", "outputAudio"} <= KNOWN_NAMES
    assert KNOWN_NAMES.isdisjoint({"style", "Prompt", ""})


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_sample_values_are_legal(field: Field) -> None:
    samples = field.sample_values()

    assert samples
    assert all(limit.allows(value) for value in samples for limit in field.limits)


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("duration", (-1, 4, 15)),
        ("watermark", (True, False)),
        ("user", ("text",)),
        ("service_tier", ("default", "flex")),
        ("image", ("data:image/png;base64,iVBORw0KGgo=",)),
    ],
)
def test_sample_values(name: str, samples: tuple[object, ...]) -> None:
    assert FIELDS_2_0[name].sample_values() == samples


def test_a_sample_item_is_one_url() -> None:
    assert FIELDS["video_urls"].sample_item() == "https://example.com/video.mp4"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("model", "guide: models"),
        ("prompt", "guide: operations"),
        ("duration", "page: volc-create: duration"),
        ("resolution", "guide: resolution"),
        ("output_audio", "page: create-video: defaults"),
        ("watermark", "page: create-video: defaults"),
        ("seed", "openapi: VideoGenerationRequest.seed"),
        ("extend_at", "openapi: VideoGenerationRequest.extend_at"),
    ],
)
def test_a_field_names_its_source(name: str, source: str) -> None:
    assert str(FIELDS[name].source) == source


def test_aliases_and_materials_name_their_source() -> None:
    assert str(ALIASES_SOURCE) == "page: create-video: aliases"
    assert str(MATERIALS_SOURCE) == "page: create-video: material library"
