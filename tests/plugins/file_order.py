"""A pytest plugin: the files that take longest run first.

A file stays on one worker. If one of these came last, three workers would wait for the fourth.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FIRST = (
    "tests/examples/test_recorded_results.py",
    "tests/contract/server/reproduction/test_against_mutants.py",
    "tests/test_minimum_versions.py",
    "tests/test_dockerfile.py",
    "tests/contract/server/openapi/test_run.py",
    "tests/contract/server/openapi/test_faults.py",
    "tests/contract/server/openapi/test_v3_faults.py",
    "tests/contract/server/openapi/test_lost_tasks.py",
    "tests/contract/server/openapi/test_schemathesis_command.py",
    "tests/contract/server/test_mutants.py",
    "tests/mock_server/commands/check_client/test_explore.py",
    "tests/mock_server/commands/check_server/test_latency.py",
    "tests/test_properties.py",
    "tests/mock_server/commands/check_server/test_command.py",
    "tests/mock_server/testing/test_pytest_plugin.py",
    "tests/ci/test_action.py",
    "tests/ci/test_recipes.py",
    "tests/contract/server/test_hostile_servers.py",
    "tests/contract/reports/html/test_page.py",
    "tests/mock_server/web/faults/test_response.py",
    "tests/mock_server/testing/test_transports.py",
    "tests/mock_server/server/test_process.py",
    "tests/test_packaging.py",
)
"""The files that take more than ten seconds in one of the tiers, as `--durations` shows them."""


# Hypothesis and pytest-asyncio have modified the items before.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests of these files to the front. All others keep their order."""
    places = {ROOT / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
