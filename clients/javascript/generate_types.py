"""Write the types of the control API, `src/control-api.d.cts`, from its OpenAPI document.

    python clients/javascript/generate_types.py

Needs npm, and the packages that `npm ci` installs in this folder.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from seedance_mock.testing import live_server

PACKAGE = Path(__file__).parent
TYPES = PACKAGE / "src/control-api.d.cts"


def generate(target: Path) -> None:
    """Write the types to a file. Raises CalledProcessError if that fails."""
    with tempfile.TemporaryDirectory() as folder, live_server() as server:
        document = Path(folder) / "control.json"
        document.write_text(json.dumps(server.control.call("GET", "/openapi.json")))
        command = (
            "npm",
            "exec",
            "--",
            "openapi-typescript",
            str(document),
            "--output",
            str(target),
        )
        subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)


if __name__ == "__main__":
    generate(TYPES)
