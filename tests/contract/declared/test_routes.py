import pytest

from seedance_contract.declared.errors import ERRORS
from seedance_contract.declared.routes import ENDPOINTS, Auth, Endpoint

ROUTES = [
    ("POST", "/v1/videos/generations", "required", {400, 401, 402, 409, 413, 429, 500, 503}),
    ("GET", "/v1/tasks/{id}", "required", {401, 403, 404, 500}),
    ("GET", "/v1/videos/generations/{id}", "required", {401, 404, 500}),
    ("DELETE", "/v1/tasks/{id}", "required", {400, 401, 403, 404, 409, 500}),
    ("GET", "/v1/models", "optional", {400, 401, 429, 500}),
    ("GET", "/v1/models/{model}", "optional", {401, 404, 500}),
    ("GET", "/v1/models/{model}/pricing", "optional", {401, 404, 500}),
    ("GET", "/v1/pricing", "optional", {400, 401, 500}),
]
"""Method, path, whether a key is needed, and the statuses that the documents give by name."""

HELD = {f"{endpoint.method} {endpoint.path}": endpoint for endpoint in ENDPOINTS}


def test_the_api_has_eight_endpoints() -> None:
    assert list(HELD) == [f"{method} {path}" for method, path, _, _ in ROUTES]


@pytest.mark.parametrize(("method", "path", "auth", "refusals"), ROUTES)
def test_an_endpoint_is_as_documented(
    method: str, path: str, auth: str, refusals: set[int]
) -> None:
    endpoint = HELD[f"{method} {path}"]

    assert endpoint.auth == auth
    assert refusals <= {kind.status for kind in endpoint.errors}


def test_endpoints_have_names_of_their_own() -> None:
    assert len({endpoint.id for endpoint in ENDPOINTS}) == 8
    assert [str(auth) for auth in Auth] == ["required", "optional"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_refusal_is_in_the_catalogue(endpoint: Endpoint) -> None:
    assert all(kind in ERRORS for kind in endpoint.errors)
    assert len(set(endpoint.errors)) == len(endpoint.errors)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.id)
def test_every_endpoint_names_its_source(endpoint: Endpoint) -> None:
    assert endpoint.source.place
    assert endpoint.summary
