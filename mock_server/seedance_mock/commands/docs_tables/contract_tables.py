"""The tables that follow from the contract and the two suites."""

from __future__ import annotations

import json
from collections.abc import Mapping

from seedance_contract.case import VERDICT_MEANINGS
from seedance_contract.cause import Cause
from seedance_contract.client.job_fields import CASE_FIELDS, JOB_FIELDS, REQUEST_FIELDS, WHOLE_JOB
from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.sources import Weight
from seedance_contract.derived.claims import claims
from seedance_contract.derived.tables import markdown_table
from seedance_contract.profiles import PROFILE_PROMISES, Profile
from seedance_mock.commands.docs_tables.cells import cell, code_list
from seedance_mock.live_checks.catalogue import LIVE_CHECKS


def assumptions_table() -> str:
    """Return every claim that rests on an assumption, with the question it decides."""
    rows = (
        (f"`{claim.id}`", cell(claim.text), cell(claim.source.place))
        for claim in claims()
        if claim.source.weight is Weight.ASSUMED
    )
    return markdown_table(("claim", "this project assumes", "the documents leave open"), rows)


def fields_table() -> str:
    """Return the fields of the create request, with their defaults and aliases."""
    rows = (
        (
            f"`{field.name}`",
            field.type,
            "–" if field.default is None else f"`{json.dumps(field.default)}`",
            code_list(field.aliases),
            field.source,
        )
        for field in FIELDS.values()
    )
    return markdown_table(("field", "type", "default", "aliases", "source"), rows)


def job_fields_table() -> str:
    """Return the fields that templates of --env and --arg may contain."""
    request_fields = (f"{{{name}}}" for name in REQUEST_FIELDS)
    rows = (
        *((f"`{{{name}}}`", meaning) for name, meaning in CASE_FIELDS.items()),
        (f"`{{{WHOLE_JOB}}}`", "the whole job as JSON, as in `KIT_JOB`"),
        *((f"`{{{name}}}`", meaning) for name, meaning in JOB_FIELDS.items()),
        (
            code_list(request_fields),
            "the field of the create request; `{audio}` is `{output_audio}`",
        ),
    )
    return markdown_table(("field", "value"), rows)


def verdicts_table() -> str:
    """Return the verdicts, the worst first."""
    rows = ((f"{verdict}", meaning) for verdict, meaning in VERDICT_MEANINGS.items())
    return markdown_table(("verdict", "meaning"), rows)


def profiles_table() -> str:
    """Return the profiles, and what each promises about a client and about a server."""
    clients, servers = PROFILE_PROMISES["client"], PROFILE_PROMISES["server"]
    rows = ((f"{profile}", clients[profile], servers[profile]) for profile in Profile)
    return markdown_table(("profile", "of a client", "of a server"), rows)


def causes_table(causes: Mapping[str, Cause]) -> str:
    """Return the causes of failures: what goes wrong, what it costs, and how to fix it."""
    rows = (
        (f"`{cause.id}`", cause.title, cause.consequence, cause.fix, cause.source)
        for cause in causes.values()
    )
    head = ("cause", "what goes wrong", "why it matters", "how to fix it", "source")
    return markdown_table(head, rows)


def live_checks_table() -> str:
    """Return what live traffic does not show, and the checks that need it."""
    effects = ("no verdict", "no failure", "no pass")
    needs: dict[tuple[str, str], list[str]] = {}
    for check in LIVE_CHECKS:
        parts = (check.missing, check.failure_needs, check.pass_needs)
        for missing, effect in zip(parts, effects, strict=True):
            if missing:
                needs.setdefault((missing, effect), []).append(check.id)
    rows = ((missing, effect, code_list(ids)) for (missing, effect), ids in needs.items())
    return markdown_table(("the traffic does not show", "so there is", "of"), rows)
