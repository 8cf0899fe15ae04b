import pytest

from seedance_contract.declared.contract import RULES_BY_ID
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.operations import OPERATIONS, Body
from seedance_contract.declared.parsed_body import parse_body
from seedance_contract.declared.rules.model_rules import model_suggestions

BASE, FAST, MINI = [model.id for model in FAMILY if model.family == SEEDANCE_2_0]
TEXT = OPERATIONS["text-to-video"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("seedance-2.0-fsat", FAST),
        ("SEEDANCE-2.0-MINI", MINI),
        ("seedance-2", BASE),
        ("seedance-2.0-fast" + "x" * 10_000, FAST),
    ],
    ids=["typo", "upper case", "short", "long"],
)
def test_a_typo_gets_the_nearest_model(name: str, nearest: str) -> None:
    models = {model_id: MODELS[model_id] for model_id in (BASE, FAST, MINI)}

    assert model_suggestions(name, models)["did_you_mean"] == nearest


@pytest.mark.parametrize("name", ["", "veo3.1", "😀"])
def test_any_name_gets_some_model(name: str) -> None:
    assert model_suggestions(name)["did_you_mean"] in MODELS


def test_suggestions_list_every_model() -> None:
    assert model_suggestions("veo3.1") == {
        "did_you_mean": model_suggestions("veo3.1")["did_you_mean"],
        "suggestions": [{"id": model_id} for model_id in MODELS],
        "hint": "GET /v1/models lists the models that can be used",
    }


def test_there_is_no_default_model() -> None:
    [breach] = RULES_BY_ID["model.required"].breaches(parse_body({"prompt": "x"}))

    assert (breach.field, breach.message) == ("model", "model is required")
    assert breach.details == {"hint": "GET /v1/models lists the models that can be used"}


def test_an_unknown_model_is_not_repeated() -> None:
    [breach] = RULES_BY_ID["model.known"].breaches(parse_body({"model": "seedance-2.0-secret"}))

    assert breach.field == "model"
    assert breach.message == "model must be one of " + ", ".join(MODELS)
    assert "secret" not in repr(breach)


@pytest.mark.parametrize("body", [{"model": BASE}, {"model": 5}, {"model": None}], ids=str)
def test_a_model_of_wrong_type_is_not_unknown(body: Body) -> None:
    assert list(RULES_BY_ID["model.known"].breaches(parse_body(body))) == []


@pytest.mark.parametrize("model", [FAST, MINI])
@pytest.mark.parametrize("resolution", ["1080p", "4k"])
def test_a_small_model_refuses_large_videos(model: str, resolution: str) -> None:
    body = {"model": model, "resolution": resolution}

    [breach] = RULES_BY_ID[f"{model}.resolution"].breaches(parse_body(body))

    assert breach.field == "resolution"
    assert breach.message == f"resolution must be one of 480p, 720p on {model}"
    assert breach.details == {"model": model, "allowed_resolutions": ["480p", "720p"]}


@pytest.mark.parametrize(
    "body",
    [
        {"model": FAST},
        {"model": FAST, "resolution": "720p"},
        {"model": FAST, "resolution": "8k"},
        {"model": FAST, "resolution": ["4k"]},
        {"model": BASE, "resolution": "4k"},
        {"model": MINI, "resolution": "4k"},
    ],
    ids=str,
)
def test_bodies_that_the_rule_of_fast_accepts(body: Body) -> None:
    assert list(RULES_BY_ID["seedance-2.0-fast.resolution"].breaches(parse_body(body))) == []


def test_model_rules_in_json_schema() -> None:
    fast = MODELS[FAST]

    assert RULES_BY_ID["model.required"].schema(fast, TEXT) == {"required": ["model"]}
    assert RULES_BY_ID["model.known"].schema(fast, TEXT) == {
        "properties": {"model": {"enum": [FAST], "x-rules": ["model.known"]}}
    }
    assert RULES_BY_ID["seedance-2.0-fast.resolution"].schema(fast, TEXT) == {
        "properties": {
            "resolution": {"enum": ["480p", "720p"], "x-rules": ["seedance-2.0-fast.resolution"]}
        }
    }


def test_a_rule_adds_nothing_to_other_models() -> None:
    assert RULES_BY_ID["seedance-2.0-mini.resolution"].schema(MODELS[FAST], TEXT) == {}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("model.required", "required"),
        ("model.known", "model_not_found"),
        ("seedance-2.0-mini.resolution", "unsupported_resolution"),
    ],
)
def test_model_rules_have_codes(rule: str, code: str) -> None:
    assert RULES_BY_ID[rule].code == code
