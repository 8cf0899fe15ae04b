"""What a model is, and what follows from several of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from seedance_contract.declared.limits import Limit, OneOf, Range
from seedance_contract.declared.operations import OPERATIONS, InputRequirement, Operation
from seedance_contract.declared.pixels import PIXELS
from seedance_contract.declared.prices import Price
from seedance_contract.declared.sources import Source, guide, page

ADAPTIVE = "adaptive"
"""The aspect ratio that leaves the choice to the model."""

MODEL_CHOOSES = -1
"""The duration that leaves the choice to the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class V3Variant:
    """What a model has of its own in the dialect v3.

    Args:
        identifiers: values of `model` besides the id of the model.
        defaults: field of v3 to the value of an omitted field, if it differs from that of v1.
        unsupported_fields: fields of v3 that it refuses.
        resolutions: those that it renders there.
        source: where the identifiers are documented.
    """

    identifiers: tuple[str, ...]
    resolutions: tuple[str, ...]
    defaults: Mapping[str, object] = field(default_factory=dict)
    unsupported_fields: tuple[str, ...] = ()
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, and everything that distinguishes it from other models.

    Args:
        id: the value of `model` in a request.
        family: the name of its generation in messages, such as "Seedance 2.0".
        resolutions: the resolutions that it renders. `prices` has one price for each.
        durations: the seconds of video that it makes. The special value -1 lets it choose.
        aspect_ratios: the ratios that a request may name, `adaptive` included.
        references: input field of reference-to-video to its highest number of entries.
        prices: what its videos cost.
        defaults: field to the value of an omitted field, if it differs from `Field.default`.
        operation_limits: `(operation, field)` to a limit that holds in this operation only.
        sufficient_inputs: name of an `InputRequirement` to the fields of which one is enough, if
            they differ from `InputRequirement.fields`.
        unsupported_fields: fields of the create request that it refuses.
        operations: names of the operations that it has.
        pixels: `(resolution, ratio)` to `(width, height)` of its videos in px.
        cancellable: whether a queued task can be cancelled in v1.
        v3: what differs in the dialect v3; None if the model does not exist there.
        source: where the model is documented. The other sources belong to single facts.
    """

    id: str
    family: str
    resolutions: tuple[str, ...]
    durations: Range
    aspect_ratios: tuple[str, ...]
    references: Mapping[str, int]
    prices: tuple[Price, ...]
    defaults: Mapping[str, object] = field(default_factory=dict)
    operation_limits: Mapping[tuple[str, str], Limit] = field(default_factory=dict)
    sufficient_inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unsupported_fields: tuple[str, ...] = ()
    operations: tuple[str, ...] = tuple(OPERATIONS)
    pixels: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=lambda: PIXELS)
    cancellable: bool = True
    v3: V3Variant | None = None
    source: Source
    references_source: Source = guide("models")  # noqa: RUF009 - immutable
    cancellable_source: Source = page("cancel-task")  # noqa: RUF009 - immutable
    # Once, not as a property: every create request asks for them.
    output_ratios: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The aspect ratios that a video of the model can have."""

    def __post_init__(self) -> None:
        ratios = tuple(ratio for ratio in self.aspect_ratios if ratio != ADAPTIVE)
        object.__setattr__(self, "output_ratios", ratios)

    def limit(self, field: str, operation: Operation | None = None) -> Limit | None:
        """Return the limit of this model on a field; None if it has none of its own.

        Resolutions are not among them: the API reports a resolution that the model does not
        render with a code of its own, so `ModelResolutionRule` tests it.
        """
        if operation is not None and (operation.name, field) in self.operation_limits:
            return self.operation_limits[operation.name, field]
        if field == "duration":
            return self.durations
        return OneOf(self.aspect_ratios) if field == "aspect_ratio" else None

    def price(self, resolution: str) -> Price:
        """Return the price of a resolution that the model renders."""
        [price] = [price for price in self.prices if resolution in price.resolutions]
        return price

    def required_fields(self, required_input: InputRequirement) -> tuple[str, ...]:
        """Return the fields of which a request on this model needs one."""
        return self.sufficient_inputs.get(required_input.name, required_input.fields)

    def supports(self, operation: Operation) -> bool:
        """Return whether the model has the operation."""
        return operation.name in self.operations


Models = Mapping[str, Model]
"""Models by id, in the order in which the catalogue lists them."""


def family_names(models: Models) -> str:
    """Return the names of the generations of `models`, for a message."""
    return " and ".join(dict.fromkeys(model.family for model in models.values()))


def models_named(patterns: Iterable[str], models: Models) -> Models:
    """Return the models of which an id is, or matches, one of `patterns`: `*` is any text."""
    names = tuple(patterns)
    return MappingProxyType(
        {
            model_id: model
            for model_id, model in models.items()
            if any(fnmatchcase(model_id, name) for name in names)
        }
    )


def all_durations(models: Models) -> Range:
    """Return the smallest range that contains the durations of every model."""
    ranges = [model.durations for model in models.values()]
    special = dict.fromkeys(value for limit in ranges for value in limit.special_values)
    longest = [limit.high for limit in ranges if limit.high is not None]
    return Range(min(limit.low for limit in ranges), max(longest), tuple(special))


def all_resolutions(models: Models) -> tuple[str, ...]:
    """Return every resolution that some model renders, without repetition."""
    return _union(model.resolutions for model in models.values())


def all_aspect_ratios(models: Models) -> tuple[str, ...]:
    """Return every aspect ratio that some model takes, without repetition."""
    return _union(model.aspect_ratios for model in models.values())


def max_references(models: Models, field: str) -> int:
    """Return the highest number of entries that some model takes in an input field."""
    return max(model.references.get(field, 0) for model in models.values())


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for group in groups for value in group))
