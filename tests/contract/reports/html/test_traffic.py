"""Traffic in headless Chromium: the sequence diagram, the wire log, JSON, and printed output."""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from playwright.sync_api import Page

from html_pages import FULL_REPORT, TASK, exchange, poll, record, report, result
from seedance_contract.case import Verdict
from seedance_contract.client.record import OutputChunk

pytestmark = pytest.mark.slow("browser")

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")

Show = Callable[..., Page]


def labels(page: Page) -> list[str]:
    """Return the visible texts of the rows of the diagram, without times."""
    rows = page.locator("figure li .label, figure li.note > :last-child").all()
    return [" ".join(row.inner_text().split()) for row in rows]


def overlap(boxes: tuple[Any, Any]) -> bool:
    """Return whether two boxes cover each other in part."""
    first, second = boxes
    return all(
        first[start] < second[start] + second[size] and second[start] < first[start] + first[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def show_traffic(show: Show, evidence: dict[str, object], **options: Any) -> Page:
    """Show a case with this evidence."""
    return show(report(result(Verdict.FAIL, evidence=evidence)), at="#FAIL-00", **options)


def test_the_diagram_shows_what_happened(show: Show) -> None:
    page = show(FULL_REPORT, at="#FAIL-01")

    assert labels(page) == [
        f"client to API: GET {TASK}",
        "API to client: 429 rate_limit_exceeded, Retry-After: 5",
        f"client to API: GET {TASK}",
        "API to client: 200 completed",
        f"client to API: GET {TASK}",
        "fault: reset, applied API to client: no response",
        "The client ends with status 0.",
    ]
    assert page.locator("figure .gap").all_inner_texts() == ["+5.01 s", "+960 ms", "+980 ms"]
    assert page.locator("figure .response.missing").count() == 1


def test_identical_polls_are_folded(show: Show) -> None:
    polls = [poll(seen=5.0 * number) for number in range(1, 13)]
    other = poll(62.0, "completed")
    page = show_traffic(show, record(exchange("/v1/x"), *polls, other, seconds=62.5))

    folded = labels(page)[2:4]
    count = page.locator("figure li").count()
    page.get_by_role("button", name="Show each").click()

    assert folded == [
        f"client to API: GET {TASK} × 12 polls",
        "every 4.99 s Show each API to client: 200 processing",
    ]
    assert count == 7
    assert page.locator("figure li").count() == 29


def test_polls_in_a_hurry_show_their_pauses(show: Show) -> None:
    polls = [poll(seen=at) for at in (0.0, 1.0, 1.5, 4.0)]
    page = show_traffic(show, record(*polls))

    assert "pauses of 490 ms to 2.49 s" in labels(page)[1]


@pytest.mark.parametrize(
    "changes",
    [{"method": "POST"}, {"fault": "poll-drip"}, {"complete": False}, {"origin": "host"}],
    ids=lambda changes: next(iter(changes)),
)
def test_only_identical_reads_are_folded(changes: dict[str, Any], show: Show) -> None:
    polls = [poll(seen=1.0), poll(seen=2.0, **changes), poll(seen=3.0, **changes), poll(seen=4.0)]
    page = show_traffic(show, record(*polls))

    assert page.locator("figure li.request").count() == 4


def test_long_traffic_is_cut_in_the_middle(show: Show) -> None:
    many = [exchange(f"/v1/{number}", number / 10) for number in range(250)]
    page = show_traffic(show, record(*many, seconds=30.0))

    page.get_by_text("Wire log: 250 exchanges").click()
    page.get_by_role("button", name="Show more (50 left)").click()

    assert page.locator(".wire > li").count() == 250
    assert page.locator("figure li.request").count() == 60
    assert "190 more exchanges: see the wire log." in labels(page)


@pytest.mark.parametrize("width", [400, 1400])
def test_every_lane_is_in_sight(width: int, show: Show) -> None:
    hosts = [
        exchange(f"/v1/{at}", at, origin=origin)
        for at, origin in enumerate(("api", "host", "port", "third"))
    ]
    page = show_traffic(show, record(*hosts), width=width)

    figure = page.locator("figure").bounding_box()
    boxes = [lane.bounding_box() for lane in page.locator("figure .lane").all()]
    assert figure is not None
    assert page.locator("figure .lane").all_inner_texts() == [
        "client",
        "API",
        "another host",
        "another port",
        "a third host",
    ]
    assert all(
        box is not None
        and box["x"] >= figure["x"]
        and box["x"] + box["width"] <= figure["x"] + figure["width"]
        for box in boxes
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not any(map(overlap, combinations(boxes, 2)))


def test_a_restart_is_in_the_diagram(show: Show) -> None:
    evidence = record(exchange(seen=1.0), killed=True, seconds=9.0, facts={"restarted": 3.0})
    page = show_traffic(show, evidence)

    assert labels(page)[2:] == [
        "The kit kills the client and starts it again.",
        "The client is still running. The kit stops it.",
    ]


def test_a_client_that_sends_nothing(show: Show) -> None:
    page = show_traffic(show, record())

    assert "The client sent nothing." in page.locator("article").inner_text()


def test_both_streams_are_in_the_order_of_time(show: Show) -> None:
    output = (
        OutputChunk(0.5, "stdout", "creating\n"),
        OutputChunk(1.25, "stderr", "Traceback\n  failed\n"),
        OutputChunk(2.0, "stdout", "done"),
    )
    evidence = record(exchange(), output=output, passed_fields=("prompt", "duration"))
    page = show_traffic(show, evidence)
    page.get_by_text("What the client printed").click()

    block = page.locator("pre[aria-label=Output]")
    assert [row.inner_text().split("\n") for row in block.locator(".row").all()] == [
        ["0.500 s stdout", "creating"],
        ["1.250 s stderr", "Traceback", "  failed"],
        ["2.000 s stdout", "done"],
    ]
    assert block.locator(".stderr").count() == 1
    assert "Passed to the client\nprompt, duration" in page.locator("article").inner_text()


def test_evidence_of_a_server_is_drawn(show: Show) -> None:
    requests = [
        {
            "method": "GET",
            "target": TASK,
            "headers": [["Authorization", f"Bearer {key}"]],
            "body": "",
            "status": 200,
            "answer_headers": [],
            "answer_body": '{"status": "pending"}',
            "seen": seen,
            "sent": seen + 0.01,
            "ended": seen + 0.01,
            "origin": "api",
            "key": key,
        }
        for seen, key in ((0.0, "key#1"), (1.0, "key#2"))
    ]
    evidence = {"exchanges": requests, "exercised": 310, "examples": 3}
    failed = result(Verdict.FAIL, evidence=evidence)
    page = show(report(failed, suite="server"), at="#FAIL-00")
    page.get_by_text("Further evidence").click()

    assert labels(page) == [
        f"kit to server: GET {TASK} key#1",
        "server to kit: 200 pending",
        f"kit to server: GET {TASK} key#2",
        "server to kit: 200 pending",
    ]
    assert "Exercised\n310 times" in page.locator("article").inner_text()
    assert page.locator(".json").inner_text() == '{\n"examples": 3\n}'


def test_the_wire_log_opens(show: Show) -> None:
    page = show(FULL_REPORT, at="#FAIL-01")

    page.get_by_text("Wire log: 3 exchanges").click()
    page.locator(".wire summary").first.click()

    head = page.locator(".wire pre").first
    assert head.inner_text() == f"GET {TASK}\nAuthorization: Bearer key#1"


def test_json_is_indented_and_folds(show: Show) -> None:
    body = '{"price": 1.10, "n": 12345678901234567890, "n": [1, {"a": "é\\u00e9"}], "no": {}}'
    page = show_traffic(show, record(exchange(answer_body=body)))
    page.get_by_text("Wire log: 1 exchange").click()
    page.locator(".wire summary").first.click()

    tree = page.locator(".wire .json")
    opened = tree.inner_text().split("\n")
    tree.locator("summary", has_text='"n"').click()
    folded = tree.inner_text().split("\n")
    page.get_by_text("As sent").click()

    assert opened == [
        "{",
        '"price": 1.10,',
        '"n": 12345678901234567890,',
        '"n": [',
        "1,",
        '{"a": "é\\u00e9"}',
        "],",
        '"no": {}',
        "}",
    ]
    assert '"n": [ 2 items ],' in folded
    assert page.locator("pre[aria-label='Response: body as sent']").inner_text() == body


def test_long_json_is_folded_from_its_third_level(show: Show) -> None:
    body = json.dumps({"a": {"b": {"c": list(range(150))}}, "text": "x" * 500})
    page = show_traffic(show, record(exchange(answer_body=body)))
    page.get_by_text("Wire log: 1 exchange").click()
    page.locator(".wire summary").first.click()

    tree = page.locator(".wire .json")
    opened = tree.inner_text()
    tree.get_by_role("button", name="Show all 502 characters").click()
    tree.locator("summary", has_text='"b"').click()
    tree.locator("summary", has_text='"c"').click()
    tree.get_by_role("button", name="Show more (50 left)").click()

    assert '"b": { 1 member }' in opened
    assert "x" * 500 in tree.inner_text()
    assert "\n149\n" in tree.inner_text()


def test_what_is_no_json_is_text(show: Show) -> None:
    bodies = ["{", '{"a"}', '{"a" 1}', "[1,]", "[1 2]", '{"a": 1} x', "{1: 2}", '"text"']
    bodies.append("[" * 120 + "]" * 120)
    page = show_traffic(show, record(*(exchange(answer_body=body) for body in bodies)))
    page.get_by_text(f"Wire log: {len(bodies)} exchanges").click()
    for summary in page.locator(".wire summary").all():
        summary.click()

    assert page.locator("pre[aria-label='Response: body']").all_inner_texts() == bodies
    assert page.locator(".json").count() == 0


def test_a_long_body_is_shown_on_demand(show: Show) -> None:
    long = "<b>" + "x" * 100_000
    page = show_traffic(show, record(exchange(answer_body=long)))
    page.get_by_text("Wire log: 1 exchange").click()
    page.locator(".wire summary").first.click()

    block = page.locator("pre[aria-label='Response: body']")
    short = len(block.inner_text())
    page.get_by_role("button", name="Show all 100,003 characters").click()

    assert (short, len(block.inner_text())) == (4000, 100_003)


def test_a_real_run_is_shown(show: Show, tmp_path: Path) -> None:
    client = [sys.executable, str(Path(__file__).parents[4] / "examples/python/driver.py")]
    options = ["--case", "ERR-01", "--case", "REQ-01", "--json", str(tmp_path / "r.json")]
    command = [str(PROGRAM), "check-client", *options, "--", *client]
    run(command, check=True, capture_output=True)

    page = show(json.loads((tmp_path / "r.json").read_text()), at="#ERR-01")

    case = page.locator("details.case[open]")
    assert labels(page)[0] == "client to API: POST /v1/videos/generations"
    assert "API to client: 400" in labels(page)[1]
    assert "--case ERR-01" in case.inner_text()
    page.get_by_text("Wire log: 1 exchange").click()
    page.locator(".wire summary").first.click()
    assert "Bearer key#1" in page.locator(".wire pre").first.inner_text()
