"""All cases for clients, by id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.client import (
    authentication,
    billing,
    cancelling,
    creating,
    discovering,
    downloading,
    polling,
    requesting,
    results,
    retrying,
    secrets,
    wire,
)
from seedance_contract.client.scene import Scene

GROUPS: Mapping[str, tuple[Scene, ...]] = MappingProxyType(
    {
        module.GROUP: module.SCENES
        for module in (
            authentication,
            requesting,
            creating,
            polling,
            results,
            cancelling,
            retrying,
            billing,
            discovering,
            secrets,
            wire,
            downloading,
        )
    }
)
"""The cases by group, in the order in which they are listed."""

SCENES: Mapping[str, Scene] = MappingProxyType(
    {scene.case.id: scene for scenes in GROUPS.values() for scene in scenes}
)
