import pytest

from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.routes import ENDPOINTS, Auth, Endpoint

ROUTES = [
    ("POST", "/v1/videos/generations", "required", {400, 401, 402, 409, 413, 415, 429, 500, 503}),
    ("GET", "/v1/tasks/{id}", "required", {401, 403, 404, 500}),
    ("GET", "/v1/videos/generations/{id}", "required", {401, 404, 500}),
    ("DELETE", "/v1/tasks/{id}", "required", {400, 401, 403, 404, 409, 500}),
    ("GET", "/v1/models", "optional", {400, 401, 429, 500}),
    ("GET", "/v1/models/{model}", "optional", {401, 404, 500}),
    ("GET", "/v1/models/{model}/pricing", "optional", {401, 404, 500}),
    ("GET", "/v1/pricing", "optional", {400, 401, 500}),
]
"""Method, path, whether a key is needed, and the error statuses that the documents name."""

DECLARED = {f"{endpoint.method} {endpoint.path}": endpoint for endpoint in ENDPOINTS}


def test_the_api_has_eight_endpoints() -> None:
    assert list(DECLARED) == [f"{method} {path}" for method, path, _, _ in ROUTES]


@pytest.mark.parametrize(("method", "path", "auth", "statuses"), ROUTES)
def test_an_endpoint_is_as_documented(
    method: str, path: str, auth: str, statuses: set[int]
) -> None:
    endpoint = DECLARED[f"{method} {path}"]

    assert endpoint.auth == auth
    assert statuses <= {kind.status for kind in endpoint.errors}


def test_endpoint_ids_are_unique() -> None:
    assert len({endpoint.id for endpoint in ENDPOINTS}) == 8
    assert [str(auth) for auth in Auth] == ["required", "optional"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_error_is_in_the_catalogue(endpoint: Endpoint) -> None:
    assert all(kind in ERRORS for kind in endpoint.errors)
    assert len(set(endpoint.errors)) == len(endpoint.errors)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_endpoint_names_its_source(endpoint: Endpoint) -> None:
    assert endpoint.source.place
    assert endpoint.summary
