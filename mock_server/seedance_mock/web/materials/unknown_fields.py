"""Undocumented fields in bodies of the material library, which a tolerant server ignores."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_contract.declared.materials.requests import UNKNOWN_FIELD, FieldProblem
from seedance_mock.web.context import RequestContext
from seedance_mock.web.ignored_fields import name_ignored_fields


def without_unknown_fields(
    context: RequestContext, problems: Sequence[FieldProblem]
) -> list[FieldProblem]:
    """Return the problems of a body but those of unknown fields. If none is left, name these."""
    others = [problem for problem in problems if problem.code != UNKNOWN_FIELD]
    if not others:
        name_ignored_fields(context, [problem.field for problem in problems])
    return others
