"""The example dashboard: Grafana can load it, and its queries are about metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.parser import text_string_to_metric_families

from seedance_contract.declared.tasks import Status
from seedance_mock.web.metrics.exposition import exposition
from seedance_mock.web.metrics.snapshot import Histogram, Snapshot

FOLDER = Path(__file__).parents[2] / "deploy/grafana"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            # Grafana replaces its variables before it sends a query.
            yield target["expr"].replace("$__rate_interval", "1m")


def test_grafana_loads_the_dashboard() -> None:
    loaded = Dashboard.from_json(DASHBOARD)

    assert loaded.title == "Seedance mock"
    assert loaded.panels is not None
    assert len(loaded.panels) == len(DASHBOARD["panels"])


def test_panels_do_not_overlap() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]

    assert len(set(places)) == len(places)


def exposed_names() -> set[str]:
    """Return the names of all samples that `/metrics` can have."""
    full = Snapshot(
        requests={("poll", "200", "none"): 1},
        latency={"poll": Histogram()},
        store_calls={"commit": Histogram()},
        callbacks={"2xx": Histogram()},
    )
    body, _ = exposition(full, {Status.PENDING: 1}, "")
    families = text_string_to_metric_families(body.decode())
    return {sample.name for family in families for sample in family.samples}


@pytest.mark.parametrize("expression", [*expressions()])
def test_a_query_is_about_metrics_that_exist(expression: str) -> None:
    parsed = str(promql_parser.parse(expression))

    names = set(re.findall(r"\bseedance_mock_\w+", parsed))
    assert names
    assert names <= exposed_names()


def test_prometheus_sends_the_token() -> None:
    [scrape] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]

    assert scrape["authorization"] == {"credentials": "t0ken"}
