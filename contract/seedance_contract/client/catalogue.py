"""Every scene, in the order of the catalogue."""

from __future__ import annotations

from seedance_contract.client import polling
from seedance_contract.client.scene import Scene

SCENES: tuple[Scene, ...] = (*polling.SCENES,)
