"""Every endpoint has a handler, whether its module is imported at the start or by a request."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_contract.declared.dialects import ALL_ENDPOINTS
from seedance_contract.declared.routes import Endpoint
from seedance_mock.web.control.routes import CONTROL_ROUTES


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_endpoint_responds(endpoint: Endpoint, client: TestClient) -> None:
    # The server's errors are raised here, so a missing handler is no 500 that looks like a fault.
    response = client.request(endpoint.method, endpoint.path, headers={"Authorization": "Bearer x"})

    assert response.status_code == 401


def test_every_control_route_names_a_function() -> None:
    names = {route.endpoint.partition(":")[2]: route.load_endpoint() for route in CONTROL_ROUTES}

    assert [function.__name__ for function in names.values()] == list(names)
