"""The models that v3 has, by every name that a request may give them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.models import MODELS

ModelsByName = Mapping[str, Model]
"""Models by every value of `model` that stands for them."""


def v3_model_names(models: Models) -> ModelsByName:
    """Return the models that v3 has, by id and by every other identifier."""
    return MappingProxyType(
        {
            name: model
            for model in models.values()
            if model.v3 is not None
            for name in (model.id, *model.v3.identifiers)
        }
    )


V3_MODELS = v3_model_names(MODELS)
"""The declared models by every name that v3 accepts."""
