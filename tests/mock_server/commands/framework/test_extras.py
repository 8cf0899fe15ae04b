"""A missing extra: the command that installs it, however the project was installed."""

from __future__ import annotations

from importlib import metadata

import pytest

from seedance_mock.commands.framework import extras
from seedance_mock.commands.framework.extras import MissingExtra, install_command

CHECKOUT = "file:///home/me/my%20mock"


@pytest.mark.parametrize(
    ("direct_url", "command"),
    [
        (None, "pip install 'seedance-mock[kit]'"),
        (
            {"url": CHECKOUT, "dir_info": {"editable": True}},
            "pip install -e '/home/me/my mock[kit]'",
        ),
        ({"url": CHECKOUT, "dir_info": {}}, "pip install '/home/me/my mock[kit]'"),
        (
            {"url": "https://git.example.com/mock", "vcs_info": {"vcs": "git"}},
            "pip install 'seedance-mock[kit] @ git+https://git.example.com/mock'",
        ),
        (
            {"url": "file:///tmp/mock.whl", "archive_info": {}},
            "pip install 'seedance-mock[kit] @ file:///tmp/mock.whl'",
        ),
    ],
    ids=["index", "editable", "checkout", "repository", "file"],
)
def test_the_command_fits_the_installation(direct_url: object, command: str) -> None:
    assert install_command("kit", direct_url) == command


def test_the_error_exits_with_2() -> None:
    error = MissingExtra("YAML needs pyyaml", "yaml")

    assert error.exit_code == 2
    assert error.message.startswith("YAML needs pyyaml: pip install ")


@pytest.mark.parametrize("is_installed", [True, False], ids=["index", "sources"])
def test_without_a_place_the_name_is_used(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> None:
            return None

    def distribution(name: str) -> Installed:
        if is_installed:
            return Installed()
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", distribution)

    assert MissingExtra("x", "yaml").message == "x: pip install 'seedance-mock[yaml]'"
