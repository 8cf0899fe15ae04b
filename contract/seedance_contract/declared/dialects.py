"""The dialects of the API: ways to reach the same service, each with routes of its own."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_contract.declared.materials.action_route import MATERIAL_ACTION
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import ENDPOINTS, Endpoint
from seedance_contract.declared.v3.routes import V3_ENDPOINTS


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect: its name, what it is, and its endpoints."""

    name: str
    title: str
    endpoints: tuple[Endpoint, ...]


V1 = Dialect("v1", "the API of TokenLab", (*ENDPOINTS, *MATERIAL_ENDPOINTS))
V3 = Dialect("v3", "the routes that SDKs of the model's maker use", V3_ENDPOINTS)

DIALECTS = (V1, V3)

ALL_ENDPOINTS: tuple[Endpoint, ...] = (
    *(endpoint for dialect in DIALECTS for endpoint in dialect.endpoints),
    MATERIAL_ACTION,
)
"""The endpoints of every dialect, and that of the Actions of the material library."""
