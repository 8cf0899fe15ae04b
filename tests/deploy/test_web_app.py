"""The example of a web application: its compose file, and the application beside a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import click
import pytest
import yaml

from seedance_mock.commands.main import main
from seedance_mock.settings import Settings
from seedance_mock.testing import live_server

FOLDER = Path(__file__).parents[2] / "deploy/web-app"
SERVICES = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]


@pytest.mark.slow("packaging")
def test_the_compose_file_has_the_published_schema() -> None:
    program = f"{sysconfig.get_path('scripts')}/check-jsonschema"
    command = [program, "--builtin-schema", "vendor.compose-spec", str(FOLDER / "compose.yaml")]

    ended = subprocess.run(command, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout


def test_every_variable_is_an_option() -> None:
    serve = main.get_command(click.Context(main), "serve")
    assert serve is not None
    options = {f"SEEDANCE_MOCK_{str(option.name).upper()}" for option in serve.params}

    assert SERVICES["seedance"]["environment"].keys() <= options


def test_the_application_knows_the_service_and_the_browser_its_port() -> None:
    [published] = SERVICES["seedance"]["ports"]
    public_url = SERVICES["seedance"]["environment"]["SEEDANCE_MOCK_PUBLIC_URL"]

    assert SERVICES["app"]["environment"]["TOKENLAB_BASE_URL"] == "http://seedance:8000"
    assert public_url == f"http://localhost:{published.split(':')[1]}"


def test_the_page_has_a_video_that_a_browser_can_load() -> None:
    # Two names of one server: the application uses the address, the page has the name.
    with live_server(Settings(lifecycle="instant", public_url="http://mock.example")) as server:
        environment = {
            **os.environ,
            "PORT": "0",
            "TOKENLAB_BASE_URL": server.url,
            "TOKENLAB_API_KEY": "sk-anything",
        }
        with subprocess.Popen(
            [sys.executable, FOLDER / "app.py"], env=environment, stdout=subprocess.PIPE, text=True
        ) as app:
            assert app.stdout
            url = app.stdout.readline().strip()
            with urlopen(url, timeout=30) as response:
                page = response.read().decode()
            app.kill()
        [video] = map(unescape, re.findall(r'<video src="(.*?)"', page))
        with urlopen(video.replace("http://mock.example", server.url), timeout=30) as response:
            start = response.read(8)

    assert video.startswith("http://mock.example/")
    assert start[4:] == b"ftyp"
