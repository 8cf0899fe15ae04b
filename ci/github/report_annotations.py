"""What a report says in at most ten errors and ten warnings: one for each cause of failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_ANNOTATIONS = 10
"""How many annotations of each level the page of a job shows for a step."""

MAX_CASES = 12
"""How many cases an annotation names."""

LEVELS = {"FAIL": "error", "XPASS": "error", "NON-STRICT": "warning"}
"""The level of the annotation for each verdict that needs work."""

Annotation = tuple[str, str, str]
"""The level, the title and the message of an annotation."""

Json = Mapping[str, Any]


def annotations_of(report: Json) -> list[Annotation]:
    """Return the annotations for a report: first the causes, worst first, then other failures."""
    found = [*_of_causes(report), *_of_other_failures(report)]
    kept = []
    for level in dict.fromkeys(LEVELS.values()):
        of_level = [annotation for annotation in found if annotation[0] == level]
        kept += of_level[:MAX_ANNOTATIONS]
    return kept


def _of_causes(report: Json) -> Iterator[Annotation]:
    verdicts = {result["id"]: result["verdict"] for result in report["results"]}
    for cause in report["causes"]:
        levels = [LEVELS[verdicts[case]] for case in cause["cases"] if verdicts[case] in LEVELS]
        if levels:
            level = "error" if "error" in levels else "warning"
            count = len(cause["cases"])
            title = f"{cause['title']} ({count} case{'s' if count > 1 else ''})"
            lines = [cause["happened"], cause["consequence"], f"Fix: {cause['fix']}"]
            yield level, title, "\n".join([*lines, f"Cases: {_names(cause['cases'])}"])


def _of_other_failures(report: Json) -> Iterator[Annotation]:
    explained = {case for cause in report["causes"] for case in cause["cases"]}
    for result in report["results"]:
        if result["verdict"] in LEVELS and result["id"] not in explained:
            lines = [
                f"{finding['check']}: expected {finding['expected']}, got {finding['actual']}"
                for finding in result["findings"]
                if finding["verdict"] in LEVELS
            ]
            title = f"{result['id']}: {result['requirement']}"
            yield (
                LEVELS[result["verdict"]],
                title,
                "\n".join([*lines, f"Source: {result['source']}"]),
            )


def _names(cases: Sequence[str]) -> str:
    more = len(cases) - MAX_CASES
    return ", ".join(cases[:MAX_CASES]) + (f" and {more} more" if more > 0 else "")
