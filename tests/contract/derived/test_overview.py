from seedance_contract.declared.models import MODELS
from seedance_contract.declared.routes import ENDPOINTS
from seedance_contract.derived.overview import api_overview


def test_overview_names_every_endpoint() -> None:
    lines = api_overview().splitlines()

    for endpoint in ENDPOINTS:
        [line] = [
            line for line in lines if line.startswith(f"- `{endpoint.method} {endpoint.path}`")
        ]
        assert endpoint.summary in line
        assert ("needs a key" in line) == (endpoint.auth == "required")


def test_overview_names_every_model() -> None:
    text = api_overview()

    assert all(f"- `{model}`: " in text for model in MODELS)
    assert "480p, 720p, 1080p, 4k" in text


def test_overview_has_the_form_of_llms_txt() -> None:
    # https://llmstxt.org: a title, a quoted summary, then sections.
    title, _, summary, *rest = api_overview().splitlines()

    assert title == "# Seedance 2.0 and Seedance 2.5 video API"
    assert summary.startswith("> ")
    assert [line for line in rest if line.startswith("#")] == [
        "## Authentication",
        "## From a request to a video",
        "## Endpoints",
        "## Models",
    ]
    assert all(len(line) <= 200 for line in rest)
