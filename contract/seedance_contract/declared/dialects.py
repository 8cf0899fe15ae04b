"""The dialects of the API: ways to reach the same service, each with routes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seedance_contract.declared.materials.action_route import MATERIAL_ACTION
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import CANCEL, CREATE, ENDPOINTS, READ, Endpoint
from seedance_contract.declared.v3.routes import V3_CREATE, V3_DELETE, V3_ENDPOINTS, V3_READ
from seedance_contract.declared.v3.tasks import V3Status


# Without `eq`: a dialect is itself, and a mapping cannot be hashed.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dialect:
    """A dialect.

    Args:
        name: its name.
        title: what it is.
        endpoints: its endpoints.
        create: the one that creates a task.
        read: the one that reads a task.
        cancel: the one that cancels a task.
        cancelled: members of a task that was cancelled before it started.
    """

    name: str
    title: str
    endpoints: tuple[Endpoint, ...]
    create: Endpoint
    read: Endpoint
    cancel: Endpoint
    cancelled: Mapping[str, object]


V1 = Dialect(
    name="v1",
    title="the API of TokenLab",
    endpoints=(*ENDPOINTS, *MATERIAL_ENDPOINTS),
    create=CREATE,
    read=READ,
    cancel=CANCEL,
    cancelled={"status": "failed", "cancelled": True},
)
V3 = Dialect(
    name="v3",
    title="the routes that SDKs of the model's maker use",
    endpoints=V3_ENDPOINTS,
    create=V3_CREATE,
    read=V3_READ,
    cancel=V3_DELETE,
    cancelled={"status": str(V3Status.CANCELLED)},
)

DIALECTS = (V1, V3)

ALL_ENDPOINTS: tuple[Endpoint, ...] = (
    *(endpoint for dialect in DIALECTS for endpoint in dialect.endpoints),
    MATERIAL_ACTION,
)
"""The endpoints of every dialect, and that of the Actions of the material library."""

CREATE_ENDPOINTS: tuple[Endpoint, ...] = tuple(dialect.create for dialect in DIALECTS)
"""The endpoints that create tasks, whatever their dialect."""
