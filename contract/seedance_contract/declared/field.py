"""What a field of the create request is."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_contract.declared.limits import JsonType, Limit
from seedance_contract.declared.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the create request.

    Args:
        name: the canonical name.
        type: the JSON type of its value.
        source: where it is documented.
        limits: what holds on every model. A model may allow less: see `Model.limit`.
        default: the value of an omitted field; None if an omitted field stays absent.
        no_op: a value that has no effect.
        aliases: other names of the field.
        item_range: the lowest and the highest number of entries of an array, on any model.
        shares_limit_of: the field of `Model.references` whose highest number of entries holds for
            this array, too; None if it has a limit of its own.
        allowed_values_key: the member of an error that lists the allowed values.
    """

    name: str
    type: JsonType
    source: Source
    limits: tuple[Limit, ...] = ()
    default: object = None
    no_op: object = None
    aliases: tuple[str, ...] = ()
    item_range: tuple[int, int] | None = None
    shares_limit_of: str | None = None
    allowed_values_key: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """The canonical name and the aliases."""
        return (self.name, *self.aliases)

    def sample_values(self) -> tuple[object, ...]:
        """Return legal values, the most ordinary first."""
        for limit in self.limits:
            return limit.valid_examples()
        return (True, False) if self.type is JsonType.BOOLEAN else ("text",)

    def sample_item(self) -> object:
        """Return a legal entry of an array field."""
        sample = self.sample_values()[0]
        assert isinstance(sample, list)
        return sample[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedField:
    """A field of other models of the API. Only `no_op_values` are accepted, and have no effect."""

    name: str
    source: Source
    aliases: tuple[str, ...] = ()
    no_op_values: tuple[object, ...] = ()
