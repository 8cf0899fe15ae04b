"""The screens of the console in headless Chromium, each with real traffic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from callback_receiver import callback_receiver
from seedance_mock.settings import Settings
from seedance_mock.testing.live import LiveServer

pytestmark = pytest.mark.slow("browser")

Open = Callable[..., Page]
Send = Any


def rows(page: Page) -> list[str]:
    """Return the texts of the drawn rows of the list of requests."""
    return [" ".join(text.split()) for text in page.locator(".entry").all_inner_texts()]


def test_a_first_visitor_finds_the_first_steps(open_console: Open, send: Send) -> None:
    page = open_console("../")

    empty = page.locator(".empty")
    expect(empty).to_contain_text("No request yet")
    expect(empty).to_contain_text("export TOKENLAB_BASE_URL=http://127.0.0.1:")
    send("GET", "/v1/models")

    expect(page.locator(".entry")).to_have_count(1)
    expect(empty).to_be_hidden()


@pytest.mark.parametrize("settings", [Settings(models=("seedance-2.5",))])
def test_forms_and_examples_have_served_models_only(open_console: Open) -> None:
    page = open_console()
    expect(page.locator(".empty pre").last).to_contain_text('"model":"seedance-2.5"')

    page = open_console("#try")

    expect(page.get_by_label("model").locator("option")).to_have_text(["seedance-2.5"])
    expect(page.locator(".verdict")).to_contain_text("accepted as text-to-video")


@pytest.mark.parametrize("settings", [Settings(keys=frozenset({"sk-listed"}))])
def test_no_screen_offers_a_key_that_the_server_refuses(open_console: Open) -> None:
    page = open_console()
    empty = page.locator(".empty")
    expect(empty).to_contain_text("It accepts the keys of --key only")
    expect(empty.locator("pre").first).to_contain_text("TOKENLAB_API_KEY='sk-…'")
    expect(empty.locator("pre").last).to_contain_text("Bearer sk-…'")

    page.get_by_role("link", name="make a situation").click()
    page.get_by_label("Words, separated").fill("busy")
    expect(page.locator(".code-tabs pre")).to_contain_text('{"key":"sk-…","words":"busy"}')
    expect(page.get_by_role("button", name="Use this key in Try")).to_have_count(0)

    page.get_by_role("link", name="Try", exact=True).click()
    expect(page.locator(".verdict")).to_contain_text("accepted as text-to-video")
    expect(page.get_by_label("API key")).to_have_value("")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("enter one of them")
    page.get_by_label("API key").fill("sk-listed")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("200 Why")).to_be_visible()


@pytest.mark.parametrize("settings", [Settings(keys=frozenset({"sk-listed"}))])
def test_an_account_is_opened_with_a_listed_key(open_console: Open, server: LiveServer) -> None:
    page = open_console("#accounts")

    page.get_by_role("button", name="Open it with a new key").click()
    expect(page.get_by_role("alert").first).to_contain_text("enter one of them")
    page.get_by_label("API key").fill("sk-listed")
    page.get_by_role("button", name="Open it with this key").click()

    expect(page.locator(".new-account pre")).to_contain_text("TOKENLAB_API_KEY=sk-listed")
    assert server.control.open("sk-listed").name == "key-1"


def test_requests_appear_as_they_come(open_console: Open, send: Send) -> None:
    page = open_console()
    expect(page.locator(".connection")).to_have_text("live")

    send("GET", "/v1/models")
    send("POST", "/v1/videos/generations", {"model": "seedance-2.0", "prompt": "", "fps": 1})
    send.create()

    expect(page.locator(".entry")).to_have_count(3)
    _, refused, created = rows(page)
    assert "400 POST /v1/videos/generations" in refused
    assert "prompt.length fps.unsupported" in refused
    assert "200 POST /v1/videos/generations pending" in created
    expect(page.locator(".entry").nth(1)).to_have_class(re.compile("k-mistake"))


def test_a_request_has_its_reason(open_console: Open, send: Send, server: LiveServer) -> None:
    send("POST", "/v1/videos/generations", {"model": "seedance-2.0", "prompt": ""})
    page = open_console()

    page.locator(".entry").click()

    detail = page.locator(".detail")
    expect(detail).to_contain_text("The body breaks the rule prompt.length")
    expect(detail.locator(".code-tabs pre")).to_contain_text(
        f"'{server.url}/v1/videos/generations'"
    )
    detail.get_by_role("button", name="fetch").click()
    expect(detail.locator(".code-tabs pre")).to_contain_text("await fetch(")
    page.reload()
    expect(page.locator(".detail")).to_contain_text("The body breaks the rule prompt.length")


@pytest.mark.parametrize("settings", [Settings(journal_bodies=True)], ids=["bodies kept"])
def test_a_request_without_a_response_says_so(open_console: Open, send: Send) -> None:
    send("POST", "/v1/videos/generations", {"model": "seedance-2.0", "prompt": "[mock: lostreply]"})
    page = open_console()

    page.locator(".entry").click()

    detail = page.locator(".detail")
    expect(detail.locator("h3").nth(1)).to_have_text("Response")
    expect(detail).to_contain_text("No response was sent.")
    expect(detail).to_contain_text('"[mock: lostreply]"')


def test_a_callback_is_shown_with_its_outcome(open_console: Open, send: Send) -> None:
    body = {
        "model": "seedance-2.0",
        "content": [{"type": "text", "text": "A kite [mock: queue-0s run-0s]"}],
    }
    with callback_receiver([200, 200, 500]) as receiver:
        send("POST", "/_mock/accounts", {"key": "sk-test", "mode": "frozen"})
        url = {"callback_url": f"{receiver.url}?planted"}
        send("POST", "/api/v3/contents/generations/tasks", {**body, **url})
        send("POST", "/_mock/accounts/key-1/clock", {"advance_s": 10})
        send("POST", "/_mock/accounts/key-1/clock", {"advance_s": 10})
    page = open_console()
    expect(page.locator(".entry")).to_have_count(5)

    page.get_by_label("Show").select_option("callback")
    expect(page.locator(".entry")).to_have_count(4)
    expect(page.locator(".entry").nth(2)).to_have_class(re.compile("k-unacknowledged"))
    page.locator(".entry").nth(2).click()

    detail = page.locator(".detail")
    expect(detail.locator("h2")).to_contain_text("attempt 1")
    expect(detail).to_contain_text("The receiver responded with the status 500.")
    expect(detail).to_contain_text("callback")
    expect(detail.get_by_text("Send it again")).to_have_count(0)
    assert "planted" not in page.content()


def test_filters_select_requests(open_console: Open, send: Send) -> None:
    send("GET", "/v1/models")
    send("GET", "/v1/tasks/ldtask_1")
    page = open_console()
    expect(page.locator(".entry")).to_have_count(2)

    page.get_by_label("Show").select_option("mistake")
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".bar output")).to_have_text("1 of 2 requests")
    page.get_by_label("Show").select_option("")
    page.get_by_label("Search").fill("models 200")
    expect(page.locator(".entry")).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    send("GET", "/v1/models")

    expect(page.locator(".bar output")).to_have_text("1 of 3 requests, 1 new")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".entry")).to_have_count(2)


def test_the_keyboard_selects_requests(open_console: Open, send: Send) -> None:
    for path in ("/v1/models", "/v1/pricing"):
        send("GET", path)
    page = open_console()
    expect(page.locator(".entry")).to_have_count(2)

    page.locator("#requests").focus()
    page.keyboard.press("End")
    expect(page.locator(".detail h2")).to_have_text("GET /v1/pricing")
    page.keyboard.press("ArrowUp")

    expect(page.locator(".detail h2")).to_have_text("GET /v1/models")
    active = page.locator("#requests").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    expect(page.locator("#requests")).to_be_focused()


def test_a_task_is_completed_from_its_lane(open_console: Open, send: Send) -> None:
    send("GET", "/v1/models")
    task = send.create("end-never", return_last_frame=True)
    for _ in range(3):
        send("GET", f"/v1/tasks/{task}")
    requests = len(send("GET", "/_mock/journal")["entries"])
    page = open_console("#tasks")

    lane = page.locator("#task-lanes .lane-row")
    expect(lane.locator(".dot")).not_to_have_count(0)
    lane.click()
    page.locator(".detail").get_by_role("link", name="Its requests").click()
    expect(page.locator(".bar output")).to_have_text(f"4 of {requests} requests")
    page.get_by_role("button", name="✕").click()
    expect(page.locator(".bar output")).to_have_text(f"{requests} requests")
    page.go_back()
    page.locator(".detail").get_by_role("button", name="Complete").click()

    expect(page.locator(".detail .badge")).to_have_text("completed")
    video = page.locator(".detail video")
    expect(page.locator(".detail video")).not_to_have_js_property("readyState", 0)
    expect(page.locator(".detail img")).not_to_have_js_property("naturalWidth", 0)
    assert str(video.get_attribute("src")).startswith("blob:")
    # Nobody but the client of the task has left a trace.
    assert len(send("GET", "/_mock/journal")["entries"]) == requests


def test_a_task_fails_with_the_chosen_error(open_console: Open, send: Send) -> None:
    task = send.create("end-never")
    page = open_console(f"#tasks?task={task}")

    page.get_by_label("Error").fill("No GPU <b>left</b>")
    page.get_by_role("button", name="Fail with it").click()

    expect(page.locator(".detail .outcome")).to_have_text("failed No GPU <b>left</b>")
    assert send("GET", f"/v1/tasks/{task}")["error"] == "No GPU <b>left</b>"


def test_a_clock_goes_to_the_next_change(open_console: Open, send: Send) -> None:
    send("POST", "/_mock/accounts", {"key": "sk-test", "mode": "frozen", "balance_usd": "5"})
    task = send.create("queue-90s run-60s")
    page = open_console("#accounts")

    card = page.locator(".card[aria-label='Account key-1']")
    expect(card.locator(".money-bar")).to_have_attribute("aria-label", re.compile("of \\$5.00$"))
    card.get_by_role("button", name="To the next change").click()
    expect(page.get_by_role("log")).to_contain_text("Account key-1 has changed.")

    assert send("GET", f"/v1/tasks/{task}")["status"] == "processing"


def test_an_account_is_opened_with_a_new_key(
    open_console: Open, send: Send, server: LiveServer
) -> None:
    page = open_console("#accounts")

    page.get_by_label("Words (optional)").fill("flakey")
    page.get_by_role("button", name="Open it with a new key").click()
    expect(page.locator(".new-account .failure")).to_contain_text("did you mean 'flaky'?")
    page.get_by_label("Words (optional)").fill("flaky")
    page.get_by_role("button", name="Open it with a new key").click()

    expect(page.locator(".new-account pre")).to_contain_text(f"TOKENLAB_BASE_URL={server.url}")
    [account] = send("GET", "/_mock/accounts")["accounts"]
    assert account["words"] == "flaky"


def test_words_are_explained_as_they_are_typed(open_console: Open) -> None:
    page = open_console("#situations")
    words = page.get_by_label("Words, separated by blanks")

    words.fill("flakey")
    page.get_by_role("button", name="Use flaky").click()
    expect(words).to_have_value("flaky")
    page.get_by_role("button", name="Remove flaky").click()
    page.get_by_label("Where").select_option("poll")
    page.get_by_label("What").select_option("429")
    page.get_by_label("How often").fill("2")
    page.get_by_role("button", name="Add poll-429x2").click()

    expect(page.locator(".cells .hit")).to_have_text(["request 1: 429", "request 2: 429"])
    expect(page.locator(".code-tabs pre")).to_contain_text("sk-mock-poll-429x2--")


def test_a_request_is_tried_before_it_is_sent(open_console: Open, send: Send) -> None:
    page = open_console("#try")

    expect(page.locator(".verdict")).to_contain_text("accepted as text-to-video")
    expect(page.locator(".verdict")).to_contain_text("$0.73667647")
    page.get_by_label("prompt (needed)").fill("")
    expect(page.locator(".violations")).to_contain_text("prompt is required")
    expect(page.get_by_label("prompt (needed)")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("prompt (needed)").fill("A paper boat [mock: queue-0s run-0s]")
    expect(page.locator(".verdict")).to_contain_text("accepted as text-to-video")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".detail .badge")).to_have_text("completed")
    expect(page.locator(".detail video")).not_to_have_js_property("readyState", 0)
    assert len(send("GET", "/_mock/tasks")["tasks"]) == 1


def test_the_form_shows_what_is_typed_as_json(open_console: Open) -> None:
    page = open_console("#try")
    body = page.get_by_label("JSON, which you may change")
    expect(body).to_be_enabled()

    request = {"model": "seedance-2.5", "operation": "image-to-video", "duration": 7}
    body.fill(
        json.dumps({**request, "image_urls": ["https://a.example/1.png"], "prompt": "A kite"})
    )

    expect(page.get_by_label("model", exact=True)).to_have_value("seedance-2.5")
    expect(page.get_by_label("operation", exact=True)).to_have_value("image-to-video")
    expect(page.get_by_label(re.compile("^prompt"))).to_have_value("A kite")
    page.get_by_label(re.compile("^prompt")).fill("A boat")
    expect(body).to_have_value(re.compile('"https://a.example/1.png".*"duration": 7', re.DOTALL))
    body.fill('{"prompt": ')
    expect(page.get_by_label(re.compile("^prompt"))).to_have_value("A boat")


def test_the_traffic_of_a_client_is_judged(open_console: Open, send: Send) -> None:
    task = send.create("end-never")
    page = open_console("#checks")
    expect(page.locator(".conclusion")).to_contain_text("1 request: no check failed")

    for _ in range(3):
        send("GET", f"/v1/tasks/{task}")
    polls = page.get_by_role("region", name="not-hammering")
    expect(polls).to_contain_text("How to fix it")
    polls.get_by_role("link").last.click()

    expect(page.locator(".detail h2")).to_have_text(f"GET /v1/tasks/{task}")
    page.go_back()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".conclusion")).to_contain_text("0 requests since you started over")
