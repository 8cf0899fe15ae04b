"""All cases for clients, by id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.client.cases import (
    auth,
    billing,
    cancel,
    discovery,
    downloads,
    duplicates,
    errors,
    polling,
    requests,
    results,
    secrets,
    wire,
)
from seedance_contract.client.scene import Scene

GROUPS: Mapping[str, tuple[Scene, ...]] = MappingProxyType(
    {
        module.GROUP: module.SCENES
        for module in (
            auth,
            requests,
            duplicates,
            polling,
            results,
            cancel,
            errors,
            billing,
            discovery,
            secrets,
            wire,
            downloads,
        )
    }
)
"""The cases by group, in the order in which they are listed."""

SCENES: Mapping[str, Scene] = MappingProxyType(
    {scene.case.id: scene for scenes in GROUPS.values() for scene in scenes}
)
