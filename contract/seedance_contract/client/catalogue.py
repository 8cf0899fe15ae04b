"""The catalogue: all cases for clients, by group and by id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.case import Group
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
    v3,
    wire,
)
from seedance_contract.client.client_case import ClientCase

# The order of this dictionary is the order of the cases in lists, tables and reports. It follows
# the life of a task, so it is written out and not sorted by name.
CASES_BY_GROUP: Mapping[Group, tuple[ClientCase, ...]] = MappingProxyType(
    {
        auth.GROUP: auth.CASES,
        requests.GROUP: requests.CASES,
        duplicates.GROUP: duplicates.CASES,
        polling.GROUP: polling.CASES,
        results.GROUP: results.CASES,
        cancel.GROUP: cancel.CASES,
        errors.GROUP: errors.CASES,
        billing.GROUP: billing.CASES,
        discovery.GROUP: discovery.CASES,
        secrets.GROUP: secrets.CASES,
        wire.GROUP: wire.CASES,
        downloads.GROUP: downloads.CASES,
        v3.GROUP: v3.CASES,
    }
)

CASES: Mapping[str, ClientCase] = MappingProxyType(
    {
        client_case.id: client_case
        for group_cases in CASES_BY_GROUP.values()
        for client_case in group_cases
    }
)
"""The cases by id, in the order of their groups."""
