"""The operations of the API: the inputs of each, and how an omitted operation is inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.sources import Source, assumed, guide, openapi, page

Body = Mapping[str, object]
"""A JSON object that a client sends."""


class ListSubstitute(NamedTuple):
    """The list `field` stands for the list `replaces`, and is not sent together with it.

    It has at least `min_items` entries: a shorter one belongs to another operation.
    """

    field: str
    replaces: str
    min_items: int
    source: Source


class InputRequirement(NamedTuple):
    """An operation requires one of `fields`; with `several`, one or more of them.

    A model may allow other fields: see `Model.sufficient_inputs`. One of `fields` may be a
    `substitute` for another. With `takes_materials` the fields for materials of the library will do
    as well.
    """

    name: str
    fields: tuple[str, ...]
    source: Source
    several: bool = False
    substitute: ListSubstitute | None = None
    takes_materials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: its required inputs, its optional inputs, whether it requires a prompt."""

    name: str
    required_inputs: tuple[InputRequirement, ...] = ()
    optional_inputs: tuple[str, ...] = ()
    requires_prompt: bool = True
    source: Source

    @property
    def input_fields(self) -> tuple[str, ...]:
        """Every input field that belongs to the operation."""
        required = (field for needed in self.required_inputs for field in needed.fields)
        return (*required, *self.optional_inputs)


TEXT_TO_VIDEO = Operation(name="text-to-video", source=guide("text-to-video"))

IMAGE_TO_VIDEO = Operation(
    name="image-to-video",
    required_inputs=(
        InputRequirement(
            name="image",
            fields=("image_url", "image", "image_urls"),
            takes_materials=True,
            source=guide("image-to-video"),
        ),
    ),
    source=guide("image-to-video"),
)

START_END_TO_VIDEO = Operation(
    name="start-end-to-video",
    required_inputs=(
        InputRequirement(
            name="start_image", fields=("start_image",), source=guide("start-end-to-video")
        ),
        InputRequirement(
            name="end_image", fields=("end_image",), source=guide("start-end-to-video")
        ),
    ),
    source=guide("start-end-to-video"),
)

# The guide requires an image. A later page of the vendor allows a video instead. Audio is
# optional, and never enough on its own. The vendor's OpenAPI document allows nine `image_urls` and
# names no operation for them: image-to-video takes one image, so several are references.
REFERENCE_TO_VIDEO = Operation(
    name="reference-to-video",
    required_inputs=(
        InputRequirement(
            name="reference",
            fields=("reference_images", "image_urls", "video_urls"),
            several=True,
            takes_materials=True,
            substitute=ListSubstitute(
                field="image_urls",
                replaces="reference_images",
                min_items=2,
                source=assumed("whether several image_urls are reference images"),
            ),
            source=page("seedance-2-video: reference-to-video"),
        ),
    ),
    optional_inputs=("audio_urls",),
    source=guide("reference-to-video"),
)

VIDEO_TO_VIDEO = Operation(
    name="video-to-video",
    required_inputs=(
        InputRequirement(
            name="video",
            fields=("video_url", "video_urls"),
            source=guide("video-to-video"),
        ),
    ),
    source=guide("video-to-video"),
)

VIDEO_EXTENSION = Operation(
    name="video-extension",
    required_inputs=(
        InputRequirement(
            name="source",
            fields=("task_id", "video_url"),
            source=assumed("whether an extension may start from a URL"),
        ),
    ),
    optional_inputs=("extend_at", "extend_times"),
    requires_prompt=False,
    source=guide("video-extension"),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            TEXT_TO_VIDEO,
            IMAGE_TO_VIDEO,
            START_END_TO_VIDEO,
            REFERENCE_TO_VIDEO,
            VIDEO_TO_VIDEO,
            VIDEO_EXTENSION,
        )
    }
)

# The rules refuse them like any other name. They are listed as examples of illegal requests.
UNSUPPORTED_OPERATIONS = ("audio-to-video", "motion-control")
"""Operations of the public enum that no model here has."""

OPERATION_SOURCE = openapi("VideoGenerationRequest.operation")

INFERENCE_SOURCE = assumed("in which order inputs decide an omitted operation")


class InferenceHint(NamedTuple):
    """A field that implies an operation; with `multiple`, only as an array of two or more."""

    field: str
    operation: Operation
    multiple: bool = False

    def matches(self, body: Body) -> bool:
        """Return whether a canonical body has the field."""
        if self.field not in body:
            return False
        value = body[self.field]
        return not self.multiple or (isinstance(value, list) and len(value) > 1)


# The more specific inputs come first: `task_id` implies an extension whatever else is there. No
# document states an order.
INFERENCE_HINTS: tuple[InferenceHint, ...] = (
    InferenceHint("task_id", VIDEO_EXTENSION),
    InferenceHint("extend_at", VIDEO_EXTENSION),
    InferenceHint("extend_times", VIDEO_EXTENSION),
    InferenceHint("start_image", START_END_TO_VIDEO),
    InferenceHint("end_image", START_END_TO_VIDEO),
    InferenceHint("reference_images", REFERENCE_TO_VIDEO),
    InferenceHint("audio_urls", REFERENCE_TO_VIDEO),
    InferenceHint("image_urls", REFERENCE_TO_VIDEO, multiple=True),
    InferenceHint("video_urls", REFERENCE_TO_VIDEO, multiple=True),
    InferenceHint("video_url", VIDEO_TO_VIDEO),
    InferenceHint("video_urls", VIDEO_TO_VIDEO),
    InferenceHint("image_url", IMAGE_TO_VIDEO),
    InferenceHint("image", IMAGE_TO_VIDEO),
    InferenceHint("image_urls", IMAGE_TO_VIDEO),
)
"""The first hint that matches decides. If none matches, the operation is text-to-video."""

_HINT_FIELDS = frozenset(hint.field for hint in INFERENCE_HINTS)


def infer_operation(body: Body) -> Operation:
    """Return the operation that the inputs of a canonical body imply."""
    # Most requests are text-to-video: one set operation instead of fourteen hints.
    if _HINT_FIELDS.isdisjoint(body):
        return TEXT_TO_VIDEO
    operations = (hint.operation for hint in INFERENCE_HINTS if hint.matches(body))
    return next(operations, TEXT_TO_VIDEO)
