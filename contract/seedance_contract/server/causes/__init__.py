"""The causes for which servers fail: what went wrong, what it costs, and how to fix it.

A check names its cause by id, or the mismatch that it finds names a more precise one. A report
groups failures by cause: a gateway that drops a header fails many checks for one reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.cause import Cause, causes_by_id
from seedance_contract.server.causes import money, requests, responses, tasks

CAUSES: Mapping[str, Cause] = MappingProxyType(
    causes_by_id((*money.CAUSES, *tasks.CAUSES, *requests.CAUSES, *responses.CAUSES))
)
"""The causes by their ids."""
