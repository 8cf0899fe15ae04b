"""Test a program that reads its base URL and key from the environment."""

from __future__ import annotations

import json
import os
from urllib.request import Request, urlopen

from seedance_mock.testing import AccountJournal


def models() -> list[str]:
    """Return the ids of the models. This is the code under test."""
    base, key = os.environ["TOKENLAB_BASE_URL"], os.environ["TOKENLAB_API_KEY"]
    request = Request(f"{base}/v1/models", headers={"Authorization": f"Bearer {key}"})
    with urlopen(request, timeout=30) as response:
        return [model["id"] for model in json.load(response)["data"]]


def test_the_models_are_listed(
    seedance_env: dict[str, str], seedance_journal: AccountJournal
) -> None:
    assert "seedance-2.0-mini" in models()
    assert seedance_journal.entries()[0].authorized
