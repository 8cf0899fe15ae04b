"""Optional dependencies: the error for a missing one, with the command that installs it."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click

from seedance_mock.commands.framework.exit_codes import ExitCode

PACKAGE = "seedance-mock"


class MissingExtra(click.ClickException):
    """A command needs a package that is not installed. The message says how to install it.

    Args:
        need: what needs which package, such as "YAML needs pyyaml".
        extra: the extra of this project with the package.
    """

    exit_code = ExitCode.WRONG_USAGE

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(f"{need}: {install_command(extra, _direct_url())}")


def install_command(extra: str, direct_url: Any) -> str:
    """Return the command line that installs an extra.

    Args:
        extra: the name of the extra.
        direct_url: where the project was installed from, as PEP 610 records it; None for an index.
    """
    match direct_url:
        case {"url": str(url), "dir_info": {"editable": True}}:
            # Without -e, pip would replace the checkout by a copy of it.
            return f"pip install -e {shlex.quote(f'{_folder(url)}[{extra}]')}"
        case {"url": str(url), "dir_info": _}:
            return f"pip install {shlex.quote(f'{_folder(url)}[{extra}]')}"
        case {"url": str(url), "vcs_info": {"vcs": str(vcs)}}:
            return f"pip install {shlex.quote(f'{PACKAGE}[{extra}] @ {vcs}+{url}')}"
        case {"url": str(url)}:
            return f"pip install {shlex.quote(f'{PACKAGE}[{extra}] @ {url}')}"
    return f"pip install {shlex.quote(f'{PACKAGE}[{extra}]')}"


def _folder(url: str) -> str:
    return url2pathname(urlsplit(url).path)


def _direct_url() -> Any:
    """Return where the project was installed from; None if it came from an index."""
    try:
        text = distribution(PACKAGE).read_text("direct_url.json")
    except PackageNotFoundError:
        # The sources were put on the path without an installation.
        return None
    return None if text is None else json.loads(text)
