"""The OpenAPI documents that are run, and what a run has to know beside each.

Nothing here needs Schemathesis.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from seedance_contract.case import Case
from seedance_contract.declared.dialects import V1, V3, Dialect
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.v3.fields import CallbackUrl
from seedance_contract.derived.openapi import openapi_document
from seedance_contract.derived.v3.openapi import v3_openapi_document
from seedance_contract.server.openapi import cases, v3_cases
from seedance_contract.server.openapi.cases import (
    CASES,
    FULL,
    NOT_REACHED,
    PARTS,
    QUICK,
    UNEXERCISED_REASONS,
    V3_FULL,
    V3_QUICK,
    Depth,
    DocumentPart,
    document_parts,
)
from seedance_contract.server.openapi.exchange_checks import ExchangeCheck
from seedance_contract.server.openapi.followup import Followup, FollowupCheck
from seedance_contract.server.openapi.v3_cases import V3_CASES
from seedance_contract.server.openapi.v3_exchange_checks import (
    deletion_is_empty,
    empty_deletion,
    id_of_the_path,
    list_matches_query,
    new_task_has_its_id,
    new_task_is_listed,
    null_is_absent,
    repetition_is_replayed,
    replayed_with_key_only,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ApiDocument:
    """An OpenAPI document, and what its run is made of.

    Args:
        title: its name in reports.
        dialect: the dialect that it describes.
        content: returns the document for the URL of a server.
        request_schema: the name of the schema of a create request: `oneOf` has a branch for each
            model.
        field_schemas: by field of a create request, what is tried in place of its schema.
        excluded: endpoints of the dialect that are not tried.
        needs_free_server: whether a create request is sent only where nothing is billed.
        cases: what the run decides, in the order of the report, by the case of v1 about the same.
        exchange_checks: checks of ours that only this document needs, with their cases.
        followups: checks that make requests of their own, with their cases.
        full: how much a full run tries.
        quick: how much a quick run tries.
        parts: the parts of a run.
    """

    title: str
    dialect: Dialect
    content: Callable[[str], Mapping[str, object]]
    request_schema: str
    field_schemas: Mapping[str, Schema]
    excluded: Collection[Endpoint]
    needs_free_server: bool
    cases: Mapping[Case, Case]
    exchange_checks: Sequence[tuple[Case, ExchangeCheck]]
    followups: Sequence[tuple[Case, FollowupCheck]]
    full: Depth
    quick: Depth
    parts: Sequence[DocumentPart]

    @property
    def first_case(self) -> Case:
        """The case that reports a run that could not be carried out."""
        return self.cases[cases.COMPLETED]

    def unexercised_reason(self, case: Case) -> str:
        """Return why a run does not reach one of its cases."""
        reasons = {
            self.cases[key]: reason
            for key, reason in UNEXERCISED_REASONS.items()
            if key in self.cases
        }
        return reasons.get(case, NOT_REACHED)


V1_DOCUMENT = ApiDocument(
    title="OpenAPI document",
    dialect=V1,
    content=openapi_document,
    request_schema="VideoRequest",
    field_schemas={},
    # The examples exercise the material library. Fuzzing its ten routes would double the run.
    excluded=MATERIAL_ENDPOINTS,
    needs_free_server=False,
    cases={case: case for case in CASES},
    exchange_checks=(),
    followups=(
        (cases.POLL_URL, Followup.check_poll_url),
        (cases.CANCELLED, Followup.check_cancelled_task),
        (cases.CANCELLED, Followup.check_cancellation),
    ),
    full=FULL,
    quick=QUICK,
    parts=PARTS,
)

V3_DOCUMENT = ApiDocument(
    title="OpenAPI document of v3",
    dialect=V3,
    content=v3_openapi_document,
    request_schema="ContentTaskRequest",
    # A server that is allowed to would send its callbacks to hosts that a generator has made up.
    field_schemas={"callback_url": {"enum": [*CallbackUrl().valid_examples(), None]}},
    excluded=(),
    # As everywhere in the suite: what a create of v3 costs is not known to a budget.
    needs_free_server=True,
    cases=V3_CASES,
    exchange_checks=(
        (v3_cases.NULL, null_is_absent),
        (v3_cases.ID, id_of_the_path),
        (v3_cases.LIST, list_matches_query),
        (v3_cases.REPLAYED, replayed_with_key_only),
        (v3_cases.DELETED, empty_deletion),
    ),
    followups=(
        (v3_cases.ID, new_task_has_its_id),
        (v3_cases.LIST, new_task_is_listed),
        (v3_cases.REPLAYED, repetition_is_replayed),
        (v3_cases.DELETED, deletion_is_empty),
        (cases.CANCELLED, Followup.check_cancelled_task),
        (cases.CANCELLED, Followup.check_cancellation),
    ),
    full=V3_FULL,
    quick=V3_QUICK,
    parts=document_parts(V3_FULL),
)

DOCUMENTS = (V1_DOCUMENT, V3_DOCUMENT)
