"""The operations of the family: which inputs each takes, and how one is inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.declared.sources import Source, assumed, guide, openapi

Body = Mapping[str, object]
"""A JSON object as it came over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequirement:
    """What an operation needs: one of `fields`, or several where `several` is true.

    With `single`, a list among the fields holds exactly one entry.
    """

    name: str
    fields: tuple[str, ...]
    source: Source
    single: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: the inputs it needs, those it takes besides, and whether it needs a prompt."""

    name: str
    required_inputs: tuple[InputRequirement, ...] = ()
    optional_inputs: tuple[str, ...] = ()
    requires_prompt: bool = True
    source: Source

    @property
    def required_fields(self) -> tuple[str, ...]:
        """The input fields of which the operation needs some."""
        return tuple(field for need in self.required_inputs for field in need.fields)

    @property
    def input_fields(self) -> tuple[str, ...]:
        """Every input field that belongs to the operation."""
        return self.required_fields + self.optional_inputs


TEXT_TO_VIDEO = Operation(name="text-to-video", source=guide("text-to-video"))

IMAGE_TO_VIDEO = Operation(
    name="image-to-video",
    required_inputs=(
        InputRequirement(
            name="image",
            fields=("image_url", "image", "image_urls"),
            single=True,
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

REFERENCE_TO_VIDEO = Operation(
    name="reference-to-video",
    required_inputs=(
        InputRequirement(
            name="reference",
            fields=("reference_images", "video_urls"),
            several=True,
            source=assumed("whether a reference video may stand without an image"),
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
            single=True,
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

UNSUPPORTED_OPERATIONS = ("audio-to-video", "motion-control")
"""Operations of the public enum that this family does not have."""

OPERATION_SOURCE = openapi("VideoGenerationRequest.operation")

INFERENCE_SOURCE = assumed("in which order inputs decide an omitted operation")


@dataclass(frozen=True, slots=True)
class InferenceHint:
    """A field whose presence asks for an operation; with `many`, an array of two or more."""

    field: str
    operation: Operation
    multiple: bool = False

    def matches(self, body: Body) -> bool:
        """Tell whether a canonical body carries the hint."""
        if self.field not in body:
            return False
        value = body[self.field]
        return not self.multiple or (isinstance(value, list) and len(value) > 1)


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
"""The first hint that a body gives decides; a body without any asks for text-to-video."""


_HINTING = frozenset(hint.field for hint in INFERENCE_HINTS)


def infer_operation(body: Body) -> Operation:
    """Return the operation that the inputs of a canonical body ask for."""
    if _HINTING.isdisjoint(body):
        return TEXT_TO_VIDEO
    given = (hint.operation for hint in INFERENCE_HINTS if hint.matches(body))
    return next(given, TEXT_TO_VIDEO)
