"""The OpenAPI run against a server that forgets each task at once."""

from __future__ import annotations

import re

import pytest

from seedance_contract.case import Verdict
from seedance_contract.server.openapi import cases
from seedance_contract.server.openapi.cases import Depth
from seedance_contract.server.openapi.documents import DOCUMENTS, ApiDocument
from seedance_contract.server.openapi.run import run_document
from seedance_mock.settings import Settings

from .conftest import KEY, EditableResponse, FaultyServer, served

DEPTH = Depth(examples=16, models=1, sampling_interval=1_000)


def lose_tasks(response: EditableResponse) -> None:
    """Let every request for a task find none."""
    if response.status == 200 and re.search("/(ldtask_|cgt-)", response.path):
        response.status = 404


# Apart from the other faults, as a run may follow a create by nothing but a read, or by nothing but
# a cancellation. Here any of them finds the fault.
@pytest.mark.slow("schemathesis")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.dialect.name)
def test_a_created_task_that_is_gone_is_caught(document: ApiDocument) -> None:
    with served(FaultyServer(lose_tasks, Settings(lifecycle="manual"))) as url:
        results = list(run_document(url, KEY, document=document, depth=DEPTH, billable=True))

    [result] = [each for each in results if each.case is document.cases[cases.AVAILABLE]]
    assert result.verdict is Verdict.FAIL
    requests = re.findall(r"^request \d+ (.*)", result.reproduce, re.MULTILINE)
    assert re.search("POST .*/(generations|tasks)", requests[0])
    assert re.search("(GET|DELETE) .*/(generations|tasks)/", requests[-1])
