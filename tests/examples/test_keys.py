"""The reference clients with a key that they cannot send."""

from __future__ import annotations

from pathlib import Path

import pytest

from .reference_clients import (
    JAVASCRIPT,
    PYTHON_PROGRAM,
    ReferenceClient,
    client_environment,
    needs_node,
)


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(PYTHON_PROGRAM, id="python"),
        pytest.param(JAVASCRIPT, id="javascript", marks=needs_node),
    ],
)
def test_invalid_key_is_not_printed(client: ReferenceClient, tmp_path: Path) -> None:
    output = client.run(client_environment("http://127.0.0.1:9", "sk-a\nb", {}, tmp_path))

    assert output.exit_status not in (0, 127)
    assert "sk-a" not in output.text
