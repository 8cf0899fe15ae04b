"""The page and its files: what they need, who may load them, and what the log shows of them."""

from __future__ import annotations

import logging
import re

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from seedance_mock.web.console.files import MEDIA_TYPES, console_files

PAGE = "/_mock/"
REMOTE_PEER = ("192.0.2.1", 1)
IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"\./([^"]+)";$', re.MULTILINE)
LINK = re.compile(r'(?:src|href)="console/([^"]+)"')


def test_the_page_has_a_strict_policy(client: TestClient) -> None:
    response = client.get(PAGE)

    policy = response.headers["Content-Security-Policy"]
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_a_slash_at_its_end(client: TestClient) -> None:
    response = client.get("/_mock", follow_redirects=False)

    assert (response.status_code, response.headers["Location"]) == (307, "_mock/")


def test_every_part_is_there(client: TestClient) -> None:
    names = set(console_files())
    needed = set(LINK.findall(client.get(PAGE).text))
    for name, file in console_files().items():
        folder = "shared/" if name.startswith("shared/") else ""
        if name.endswith(".js"):
            needed |= {folder + imported for imported in IMPORT.findall(file.content.decode())}

    assert needed <= names
    assert names - needed == {"index.html", "refused.html"}


def test_nothing_moves() -> None:
    # So nobody needs to ask for reduced motion.
    styles = [file.content for name, file in console_files().items() if name.endswith(".css")]

    assert len(styles) == 4
    assert not any(word in style for style in styles for word in (b"animation", b"transition"))


@pytest.mark.parametrize("name", ["main.js", "shared/theme.css", "icon.svg"])
def test_files_have_their_types(name: str, client: TestClient) -> None:
    response = client.get(f"/_mock/console/{name}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == MEDIA_TYPES[name.rpartition(".")[2]]
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_current_copy_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/_mock/console/main.js").headers["ETag"]

    response = client.get("/_mock/console/main.js", headers={"If-None-Match": tag})

    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize("name", ["other.js", "../files.py", "%2e%2e/files.py", "shared/main.js"])
def test_other_files_are_404(name: str, client: TestClient) -> None:
    assert client.get(f"/_mock/console/{name}").status_code == 404


def test_a_refused_browser_finds_what_to_do() -> None:
    with TestClient(create_app(), client=REMOTE_PEER) as client:
        page = client.get(PAGE)

        assert page.status_code == 403
        assert "seedance-mock serve --host 0.0.0.0 --control-token TOKEN" in page.text
        assert client.get("/_mock/console/main.js").status_code == 403


def test_a_foreign_host_is_refused() -> None:
    with TestClient(create_app(), client=("127.0.0.1", 1)) as client:
        assert client.get(PAGE, headers={"Host": "evil.example.com"}).status_code == 403


def test_with_a_token_everybody_may_load_the_page() -> None:
    with TestClient(create_app(Settings(control_token="open")), client=REMOTE_PEER) as client:
        assert client.get(PAGE).status_code == 200
        assert client.get("/_mock/console/main.js").status_code == 200
        # The page has no secrets. What it shows has.
        assert client.get("/_mock/accounts").status_code == 401


def test_without_control_there_is_no_page() -> None:
    with TestClient(create_app(Settings(control=False))) as client:
        assert client.get(PAGE).status_code == 404


def test_the_log_leaves_the_console_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="seedance_mock.access")
    with TestClient(create_app(Settings(log_format="text"))) as client:
        client.get(PAGE)
        client.get("/_mock/console/main.js")
        client.get("/_mock/accounts", headers={"Seedance-Console": "1"})
        client.get("/_mock/tasks")

    assert [record.getMessage().split()[2] for record in caplog.records] == ["/_mock/tasks"]
