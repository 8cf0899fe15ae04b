"""The console under load, after a restart, in two tabs, behind a proxy, with hostile content."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from seedance_mock.settings import Settings
from seedance_mock.testing.live import LiveServer, live_server

pytestmark = pytest.mark.slow("browser")

Open = Callable[..., Page]
Send = Any

ENTRIES = 10_000
TASKS = 1_000
UPDATES = 10


def work_of(page: Page, update: Callable[[], object]) -> float:
    """Return the seconds that the page works while some updates arrive."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def seconds() -> float:
        metrics = {
            metric["name"]: metric["value"]
            for metric in session.send("Performance.getMetrics")["metrics"]
        }
        return float(metrics["TaskDuration"])

    before = seconds()
    for _ in range(UPDATES):
        update()
        # The page joins what comes within 100 ms, so each update is awaited.
        page.wait_for_timeout(150)
    return seconds() - before


def fill(server: LiveServer) -> None:
    """Create tasks, and poll them until the journal has `ENTRIES` entries."""
    body = json.dumps({"model": "seedance-2.0", "prompt": "A paper boat [mock: end-never]"})
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    tasks = []
    for number in range(ENTRIES):
        if number < TASKS:
            connection.request("POST", "/v1/videos/generations", body, headers)
            tasks.append(json.loads(connection.getresponse().read())["id"])
        else:
            connection.request("GET", f"/v1/tasks/{tasks[number % TASKS]}", headers=headers)
            connection.getresponse().read()
    connection.close()


def test_a_long_list_costs_no_more_than_a_short_one(
    open_console: Open, send: Send, server: LiveServer
) -> None:
    page = open_console()
    send("GET", "/v1/models")
    expect(page.locator(".entry")).to_have_count(1)
    short = work_of(page, lambda: send("GET", "/v1/models"))
    page.close()

    fill(server)
    page = open_console()
    expect(page.locator(".bar output")).to_have_text("10,000 requests", timeout=30_000)
    long = work_of(page, lambda: send("GET", "/v1/models"))
    elements = page.evaluate("document.querySelectorAll('*').length")
    page.evaluate("location.hash = '#tasks'")
    expect(page.locator(".bar output")).to_have_text("1,000 tasks", timeout=30_000)
    task = send("GET", "/_mock/tasks?last=1")["tasks"][0]["task_id"]
    lanes = work_of(page, lambda: send("GET", f"/v1/tasks/{task}"))

    assert long < 10 * short
    assert lanes < 10 * short
    assert elements < 1_000
    assert page.evaluate("document.querySelectorAll('*').length") < 2_000


def test_the_page_goes_on_after_a_restart(browser: Browser) -> None:
    page = browser.new_page()
    with live_server() as first:
        port = int(first.url.rpartition(":")[2])
        page.goto(f"{first.url}/_mock/")
        for _ in range(3):
            page.evaluate("fetch('../v1/models')")
        expect(page.locator(".entry")).to_have_count(3)
    expect(page.locator(".connection")).to_have_text("no connection, trying again")

    with live_server(port=port):
        expect(page.locator(".connection")).to_have_text("live")
        page.evaluate("fetch('../v1/pricing')")

        expect(page.locator(".entry .target")).to_have_text(["/v1/pricing"])
        page.close()


def test_two_tabs_show_the_same(open_console: Open, send: Send) -> None:
    first, second = open_console(), open_console("#tasks")

    send.create()

    expect(first.locator(".entry")).to_have_count(1)
    expect(second.locator("#task-lanes .lane-row")).to_have_count(1)


def test_a_body_cannot_be_typed_before_its_form_is_there(open_console: Open) -> None:
    page = open_console()
    body = page.get_by_label("JSON, which you may change")

    def respond_after_a_look(route: Route) -> None:
        expect(body).to_be_disabled()
        route.continue_()

    page.route("**/_mock/request-form", respond_after_a_look)
    page.evaluate("location.hash = '#try'")

    expect(body).to_be_enabled()
    expect(body).not_to_have_value("")


def test_what_happens_meanwhile_hides_no_announcement(open_console: Open, send: Send) -> None:
    send("POST", "/_mock/accounts", {"key": "sk-test", "mode": "frozen"})
    send.create("end-never")
    page = open_console("#accounts")
    streams: list[Route] = []
    page.route("**/_mock/events", lambda route: streams.append(route))
    page.reload()

    page.get_by_role("button", name="+5 s").click()
    announcements = page.get_by_role("log")
    expect(announcements).to_have_text("Account key-1 has changed.")
    streams.pop().continue_()

    expect(announcements.get_by_role("paragraph")).to_have_text(
        ["Account key-1 has changed.", "Connection: live"]
    )


def test_the_latest_announcements_are_kept(open_console: Open, send: Send) -> None:
    send("POST", "/_mock/accounts", {"key": "sk-test", "mode": "frozen"})
    page = open_console("#accounts")
    announcements = page.get_by_role("log").get_by_role("paragraph")

    expect(announcements).to_have_text(["Connection: live"])
    for _ in range(5):
        page.get_by_role("button", name="+5 s").click()
        expect(page.get_by_role("button", name="+5 s")).to_be_enabled()

    expect(announcements).to_have_text(["Account key-1 has changed."] * 5)


HOSTILE = "<img src=x onerror=alert(1)><b>bold</b>\u202etxet\u0000"
SHOWN = r"<img src=x onerror=alert(1)><b>bold</b>\u202etxet"


@pytest.mark.parametrize("settings", [Settings(journal_bodies=True)], ids=["bodies kept"])
def test_hostile_content_is_text(open_console: Open, send: Send) -> None:
    send("POST", "/v1/videos/generations", {"model": HOSTILE, "prompt": HOSTILE, HOSTILE: 1})
    send("GET", "/v1/tasks/%3Cb%3Ebold%3C%2Fb%3E?x=%3Cscript%3E", **{"X-Note": "<b>bold</b>"})
    task = send.create("end-never")
    send("POST", f"/_mock/tasks/{task}", {"status": "failed", "failure": HOSTILE[:-1]})
    page = open_console()
    expect(page.locator(".entry")).to_have_count(3)

    shown = []
    for entry in page.locator(".entry").all():
        entry.click()
        expect(page.locator(".detail h3").nth(1)).to_have_text("Response")
        page.locator(".detail summary").first.click()
        shown.append(page.locator(".detail").inner_text())
    page.evaluate("location.hash = '#tasks'")
    page.locator("#task-lanes .lane-row").click()
    shown.append(page.locator(".detail .outcome").inner_text())
    page.evaluate("location.hash = '#try'")
    body = {"model": "seedance-2.0", "prompt": "x" * 1_000_000, HOSTILE: 1}
    page.get_by_label("JSON, which you may change").fill(json.dumps(body))
    expect(page.locator(".violations")).not_to_be_empty()

    # As JSON has it: what is not printable is an escape, so that it cannot hide anything.
    assert f'"{SHOWN}\\u0000"' in shown[0]
    assert "<b>bold</b>" in shown[1]
    assert SHOWN in shown[3]
    assert page.locator("main b, main img").count() == 0


def test_the_token_is_asked_for_once(browser: Browser) -> None:
    # A name that is not local: the server then wants its token also from this machine.
    with live_server(Settings(control_token="open"), host="0.0.0.0") as server:
        port = server.url.rpartition(":")[2]
        page = browser.new_page()
        page.goto(f"http://127.0.0.2:{port}/_mock/")

        page.get_by_label("The value of --control-token").fill("wrong")
        page.get_by_role("button", name="Open the console").click()
        expect(page.locator("dialog")).to_contain_text("The server refused this token.")
        page.get_by_label("The value of --control-token").fill("open")
        page.get_by_role("button", name="Open the console").click()
        expect(page.locator(".connection")).to_have_text("live")
        page.reload()

        expect(page.locator(".connection")).to_have_text("live")
        assert page.locator("dialog").count() == 0
        page.close()


def test_the_first_steps_are_those_of_the_server_after_a_restart(browser: Browser) -> None:
    page = browser.new_page()
    with live_server(Settings(keys=frozenset({"sk-listed"}))) as first:
        port = int(first.url.rpartition(":")[2])
        page.goto(f"{first.url}/_mock/")
        expect(page.locator(".empty")).to_contain_text("--key")
    expect(page.locator(".connection")).to_have_text("no connection, trying again")

    with live_server(port=port):
        expect(page.locator(".empty")).to_contain_text("Every key that starts with")
        expect(page.locator(".empty")).not_to_contain_text("--key")
        page.close()


def test_a_request_is_sent_when_its_form_is_there(open_console: Open) -> None:
    page = open_console()
    held: list[Route] = []
    page.route("**/_mock/request-form", lambda route: held.append(route))
    with page.expect_request("**/_mock/request-form"):
        page.evaluate("location.hash = '#try'")

    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    held[0].continue_()

    expect(page.get_by_text("200 Why")).to_be_visible()


def test_it_works_under_a_prefix(browser: Browser, server: LiveServer, send: Send) -> None:
    def without_prefix(route: Route) -> None:
        route.continue_(url=route.request.url.replace("/prefix/", "/", 1))

    page = browser.new_page()
    page.route("**/prefix/**", without_prefix)
    page.goto(f"{server.url}/prefix/_mock/")
    send("GET", "/v1/models")

    expect(page.locator(".entry")).to_have_count(1)
    page.evaluate("location.hash = '#try'")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".detail .badge")).to_be_visible()
    page.close()
