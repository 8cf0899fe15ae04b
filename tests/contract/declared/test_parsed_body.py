import pytest

from seedance_contract.declared.parsed_body import canonical_body, parse_body


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("ratio", "aspect_ratio"),
        ("seconds", "duration"),
        ("generate_audio", "output_audio"),
        ("outputAudio", "output_audio"),
        ("referenceImages", "reference_images"),
        ("referenceImageType", "reference_image_type"),
    ],
)
def test_an_alias_becomes_its_field(alias: str, name: str) -> None:
    assert canonical_body({"prompt": "x", alias: "value"}) == {"prompt": "x", name: "value"}


@pytest.mark.parametrize(
    "sent", [{"duration": 4, "seconds": 9}, {"seconds": 9, "duration": 4}], ids=str
)
def test_the_canonical_spelling_wins(sent: dict[str, object]) -> None:
    assert canonical_body(sent) == {"duration": 4}


def test_the_order_of_aliases_does_not_matter() -> None:
    first = canonical_body({"outputAudio": True, "generate_audio": "yes"})
    second = canonical_body({"generate_audio": "yes", "outputAudio": True})

    assert first == second


def test_a_body_without_aliases_is_not_copied() -> None:
    body = {"prompt": "x", "unknown": None}

    assert canonical_body(body) is body


def test_a_body_has_a_model_and_an_operation() -> None:
    reading = parse_body(
        {"model": "seedance-2.0-mini", "ratio": "1:1", "operation": "video-extension"}
    )

    assert reading.model is not None
    assert reading.operation is not None
    assert (reading.model.id, reading.operation.name) == ("seedance-2.0-mini", "video-extension")
    assert reading.body["aspect_ratio"] == "1:1"
    assert reading.original["ratio"] == "1:1"


def test_an_omitted_operation_is_inferred() -> None:
    operation = parse_body({"referenceImages": ["https://example.com/1"]}).operation

    assert operation is not None
    assert operation.name == "reference-to-video"


@pytest.mark.parametrize("name", ["motion-control", "", None, 1, ["text-to-video"], {}], ids=repr)
def test_an_unknown_operation_is_none(name: object) -> None:
    assert parse_body({"operation": name, "image_url": "x"}).operation is None


@pytest.mark.parametrize("name", ["veo3.1", "", None, 1, ["seedance-2.0"], {}], ids=repr)
def test_an_unknown_model_is_none(name: object) -> None:
    assert parse_body({"model": name}).model is None


def test_a_missing_model_is_none() -> None:
    assert parse_body({}).model is None
