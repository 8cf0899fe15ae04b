"""The causes for which clients fail: what went wrong, what it costs, and how to fix it.

A case or a check names its cause by id. A report groups failures by cause, so that one mistake in a
client is one entry of the report, however many cases it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.cause import Cause, causes_by_id
from seedance_contract.client.causes import creating, polling, results, secrets

CAUSES: Mapping[str, Cause] = MappingProxyType(
    causes_by_id((*creating.CAUSES, *polling.CAUSES, *results.CAUSES, *secrets.CAUSES))
)
"""The causes by their ids."""
