"""The overview of the API for language models and people: the text of `GET /llms.txt`."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.model import family_names
from seedance_contract.declared.routes import (
    CREATE,
    ENDPOINTS,
    GET_MODEL,
    READ,
    Auth,
    Endpoint,
)

OVERVIEW_PATH = "/llms.txt"
"""Where the vendor's MCP server fetches the overview. The form is that of https://llmstxt.org."""


def api_overview(contract: Contract = CONTRACT) -> str:
    """Return the overview as Markdown, derived from the endpoints and the models."""
    return "\n".join(_lines(contract)) + "\n"


def _lines(contract: Contract) -> Iterator[str]:
    family = family_names(contract.models)
    yield f"# {family} video API"
    yield ""
    yield f"> Asynchronous generation of videos with the models of {family}."
    yield ""
    yield "## Authentication"
    yield ""
    yield "Send `Authorization: Bearer sk-…` where an endpoint needs a key."
    yield ""
    yield "## From a request to a video"
    yield ""
    create = f"{CREATE.method} {CREATE.path}"
    yield f"1. `{create}` with `model`, `operation` and `prompt` creates a task."
    yield "2. Save its `id`, and poll its `poll_url`, a path of this API, every 5 to 10 seconds."
    yield f"   Without a `poll_url`, poll `{READ.path}`."
    yield "3. Stop when `status` is `completed` or `failed`. `video_url` is the result."
    yield ""
    yield "## Endpoints"
    yield ""
    yield from map(_endpoint_line, (*ENDPOINTS, *MATERIAL_ENDPOINTS))
    yield ""
    yield "## Models"
    yield ""
    yield f"`{GET_MODEL.method} {GET_MODEL.path}` has the limits and the prices of a model."
    yield ""
    for model in contract.models.values():
        yield f"- `{model.id}`: {', '.join(model.resolutions)}; {', '.join(model.operations)}"


def _endpoint_line(endpoint: Endpoint) -> str:
    key = "needs a key" if endpoint.auth is Auth.REQUIRED else "no key needed"
    return f"- `{endpoint.method} {endpoint.path}`: {endpoint.summary} ({key})"
