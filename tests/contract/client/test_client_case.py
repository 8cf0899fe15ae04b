"""Groups make cases whose ids have their prefix."""

from __future__ import annotations

import pytest

from seedance_contract.case import Group, Level
from seedance_contract.client.client_case import group
from seedance_contract.declared.sources import page

GROUP = Group(name="polling", prefix="POLL", title="Polling discipline")


def test_case_belongs_to_its_group() -> None:
    case = group(GROUP)("POLL-01", Level.MUST, "It works.", page("here"), "ok", core=True)

    assert case.id == "POLL-01"
    assert case.group == GROUP
    assert case.case.group == "POLL Polling discipline"
    assert case.core


@pytest.mark.parametrize("case_id", ["POL-01", "POLL", "POLLS-01", "poll-01"])
def test_id_without_the_prefix_is_rejected(case_id: str) -> None:
    case = group(GROUP)

    with pytest.raises(ValueError, match="must begin with 'POLL-'"):
        case(case_id, Level.MUST, "It works.", page("here"), "ok")
