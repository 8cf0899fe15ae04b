"""The HTML file: the data that it embeds, and its security policy."""

import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.html_report import STYLES, embedded_json, html_report
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import report_json

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def report(subject: str = "my client", **evidence: object) -> dict[str, object]:
    case = Case(
        id="X-01", group="g", level=Level.MUST, requirement="It holds.", source=page("polling")
    )
    finding = Finding(check="holds", level=Level.MUST, verdict=Verdict.FAIL)
    return report_json(
        Report(
            suite="client",
            subject=subject,
            version="1.2.3",
            started="2026-01-01T00:00:00Z",
            seconds=1.25,
            results=[Result(case=case, findings=(finding,), evidence=evidence)],
        )
    )


def embedded_data(text: str) -> str:
    [element] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return str(element)


def test_the_reports_are_in_the_file() -> None:
    reports = [report("one"), report("two")]

    text = html_report(reports)

    assert json.loads(embedded_data(text))["reports"] == reports
    assert "<title>Conformance: one, two</title>" in text


@given(value=json_values)
def test_embedded_json_can_be_read_back(value: object) -> None:
    text = embedded_json(value)

    assert json.loads(text) == value
    assert text.isascii()
    assert not set("<>&") & set(text)


def test_no_text_ends_its_element() -> None:
    hostile = "</script><script>alert(1)</script><!--\u2028\ud800$style"

    text = html_report([report(hostile, output=hostile)])

    assert text.count("</script>") == 2
    assert "\u2028" not in embedded_data(text)
    assert json.loads(embedded_data(text))["reports"][0]["subject"] == hostile


def test_nan_and_infinity_become_text() -> None:
    assert embedded_json({"odd": [float("nan"), (float("inf"),)], "even": 1.5}) == (
        '{"odd":["nan",["inf"]],"even":1.5}'
    )


def test_a_deep_value_is_cut() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]

    assert embedded_json(deep).count("[") == 101


def test_the_file_uses_no_network() -> None:
    text = html_report([report()]).replace("http://www.w3.org/2000/svg", "")

    assert "default-src 'none'" in text
    assert not re.search(r"https?:|@import|url\(|src=|innerHTML|\beval\b", text)


def test_every_part_is_in_the_page() -> None:
    folder = files("seedance_contract").joinpath("reports", "html")

    text = html_report([report()])
    names = {path.name for path in folder.iterdir()}
    scripts = {name.removesuffix(".js") for name in names if name.endswith(".js")}

    assert set(re.findall(r"^modules\.(\w+) = ", text, re.MULTILINE)) == scripts
    assert {name for name in names if name.endswith(".css")} == {f"{name}.css" for name in STYLES}
    # The bundle knows no other form of import and export.
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)


def test_a_page_needs_a_report() -> None:
    with pytest.raises(ValueError, match="there is no report to show"):
        html_report([])


def imports_of(name: str) -> set[str]:
    """Return the modules that a module of the page imports, directly or not."""
    text = files("seedance_contract").joinpath("reports", "html", f"{name}.js").read_text()
    direct = set(re.findall(r'^import .* from "\./(\w+)\.js";$', text, re.MULTILINE))
    return direct.union(*map(imports_of, direct))


@pytest.mark.parametrize(
    "name", ["code_block", "diagram", "json_view", "text", "verdicts", "wire_log"]
)
def test_parts_for_other_pages_know_no_report(name: str) -> None:
    assert imports_of(name) <= {"dom", "exchanges", "json_text", "json_view", "text"}
