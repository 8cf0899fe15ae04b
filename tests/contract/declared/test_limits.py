import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.limits import (
    JsonType,
    Length,
    Limit,
    OneOf,
    Range,
    TypeLimit,
    is_integer,
)
from seedance_contract.declared.media_limits import MediaUrl, Medium

STRING, INTEGER = TypeLimit(JsonType.STRING), TypeLimit(JsonType.INTEGER)
BOOLEAN, ARRAY = TypeLimit(JsonType.BOOLEAN), TypeLimit(JsonType.ARRAY)
DURATION = Range(4, 15, special_values=(-1,))
SEED = Range(-1, 4_294_967_295)
OFFSET = Range(0, None)
FIXED = Range(-1, -1)
TIER = OneOf(("default", "flex"))
PROMPT = Length(1)
PASSWORD = Length(8)
TITLE = Length(1, 2_000)
LABEL = Length(0, 128)
NAME = Length(2, 3)
IMAGE = MediaUrl(Medium.IMAGE)
INLINE = MediaUrl(Medium.IMAGE, inline_only=True)
VIDEOS = MediaUrl(Medium.VIDEO, is_list=True)
AUDIOS = MediaUrl(Medium.AUDIO, is_list=True)

LIMITS: dict[str, Limit] = {
    "string": STRING,
    "integer": INTEGER,
    "boolean": BOOLEAN,
    "array": ARRAY,
    "duration": DURATION,
    "seed": SEED,
    "offset": OFFSET,
    "fixed": FIXED,
    "tier": TIER,
    "prompt": PROMPT,
    "password": PASSWORD,
    "title": TITLE,
    "label": LABEL,
    "name": NAME,
    "image": IMAGE,
    "inline": INLINE,
    "videos": VIDEOS,
    "audios": AUDIOS,
}

ALLOWED: list[tuple[str, object]] = [
    ("string", ""),
    ("integer", 5),
    ("integer", 5.0),
    ("integer", -1),
    ("boolean", False),
    ("array", []),
    ("array", ["a", "b"]),
    ("duration", 4),
    ("duration", 15),
    ("duration", 15.0),
    ("duration", -1),
    ("duration", -1.0),
    ("duration", "4 s"),
    ("duration", 4.5),
    ("duration", True),
    ("seed", -1),
    ("seed", 4_294_967_295),
    ("offset", 0),
    ("offset", 10**12),
    ("tier", "flex"),
    ("tier", 1),
    ("prompt", "x"),
    ("prompt", None),
    ("label", ""),
    ("label", "x" * 128),
    ("name", "ab"),
    ("name", "abc"),
    ("image", "https://example.com"),
    ("image", "data:image/png;base64,iVBORw0KGgo="),
    ("image", "asset://asset-20260101000000-abcde"),
    ("image", ["not", "mine"]),
    ("image", 5),
    ("inline", "data:image/webp;base64,AAAA"),
    ("videos", ["https://example.com/a.mp4", "data:video/mp4;base64,AAAA"]),
    ("videos", []),
    ("videos", [5]),
    ("videos", "not mine"),
    ("audios", ["data:audio/mpeg;base64,AAA="]),
]
REFUSED: list[tuple[str, object]] = [
    ("string", 5),
    ("string", None),
    ("integer", "5"),
    ("integer", 5.5),
    ("integer", True),
    ("integer", float("inf")),
    ("boolean", 1),
    ("boolean", "true"),
    ("array", "a"),
    ("array", ["a", 1]),
    ("array", {}),
    ("duration", 3),
    ("duration", 16),
    ("duration", 0),
    ("duration", -2),
    ("duration", 16.0),
    ("seed", -2),
    ("seed", 4_294_967_296),
    ("offset", -1),
    ("tier", "Flex"),
    ("tier", ""),
    ("prompt", ""),
    ("label", "x" * 129),
    ("name", "a"),
    ("name", "abcd"),
    ("image", ""),
    ("image", "media/one.png"),
    ("image", "//example.com/one.png"),
    ("image", "file:///tmp/one.png"),
    ("image", "ftp://example.com/one.png"),
    ("image", "asset://asset-2026-abcde"),
    ("image", "data:video/mp4;base64,AAAA"),
    ("inline", "https://example.com/one.png"),
    ("videos", ["https://example.com/a.mp4", "a.mp4"]),
    ("videos", ["asset://asset-20260101000000-abcde"]),
    ("videos", ["data:audio/mpeg;base64,AAAA"]),
    ("audios", ["data:video/mp4;base64,AAAA"]),
]


def case_ids(cases: list[tuple[str, object]]) -> list[str]:
    return [f"{name} {value!r:.60}" for name, value in cases]


@pytest.mark.parametrize(("name", "value"), ALLOWED, ids=case_ids(ALLOWED))
def test_a_limit_allows(name: str, value: object) -> None:
    assert LIMITS[name].allows(value)


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=case_ids(REFUSED))
def test_a_limit_refuses(name: str, value: object) -> None:
    assert not LIMITS[name].allows(value)


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_examples_are_on_both_sides_of_a_limit(limit: Limit) -> None:
    assert all(limit.allows(value) for value in limit.valid_examples())
    assert limit.invalid_examples()
    assert not any(limit.allows(value) for value in limit.invalid_examples())


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_the_schema_agrees_on_the_examples(limit: Limit) -> None:
    schema = Draft202012Validator(dict(limit.schema()))

    assert all(schema.is_valid(value) for value in limit.valid_examples())
    assert not any(schema.is_valid(value) for value in limit.invalid_examples())


@pytest.mark.parametrize(
    ("name", "valid", "invalid"),
    [
        ("duration", (-1, 4, 15), (3, 16)),
        ("seed", (-1, 4_294_967_295), (-2, 4_294_967_296)),
        ("offset", (0, 1), (-1,)),
        ("fixed", (-1,), (-2, 0)),
        ("prompt", ("x", "x"), ("",)),
        ("label", ("x", "x" * 128), ("x" * 129,)),
        ("name", ("xx", "xxx"), ("x", "xxxx")),
        ("tier", ("default", "flex"), ("", "defaultx", "DEFAULT ")),
    ],
)
def test_examples_of_a_limit(
    name: str, valid: tuple[object, ...], invalid: tuple[object, ...]
) -> None:
    assert (LIMITS[name].valid_examples(), LIMITS[name].invalid_examples()) == (valid, invalid)


@pytest.mark.parametrize(
    ("name", "requirement"),
    [
        ("string", "be a string"),
        ("integer", "be an integer"),
        ("boolean", "be a boolean"),
        ("array", "be an array of strings"),
        ("duration", "be 4 to 15, or -1"),
        ("seed", "be -1 to 4294967295"),
        ("offset", "be 0 or more"),
        ("fixed", "be -1"),
        ("tier", "be one of default, flex"),
        ("prompt", "not be empty"),
        ("password", "have at least 8 characters"),
        ("title", "have 1 to 2000 characters"),
        ("name", "have 2 to 3 characters"),
        ("label", "have at most 128 characters"),
        ("image", "be an http(s) URL with a host or a base64 data URL of type image/…"),
        ("inline", "be a base64 data URL of type image/…"),
    ],
)
def test_a_limit_states_its_requirement(name: str, requirement: str) -> None:
    assert LIMITS[name].requirement() == requirement


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("string", {"type": "string"}),
        ("array", {"type": "array", "items": {"type": "string"}}),
        ("duration", {"enum": [-1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]}),
        ("seed", {"minimum": -1, "maximum": 4_294_967_295}),
        ("offset", {"minimum": 0}),
        ("tier", {"enum": ["default", "flex"]}),
        ("prompt", {"minLength": 1}),
        ("label", {"maxLength": 128}),
        ("name", {"minLength": 2, "maxLength": 3}),
    ],
)
def test_a_limit_in_json_schema(name: str, schema: dict[str, object]) -> None:
    assert LIMITS[name].schema() == schema


@pytest.mark.parametrize(
    ("name", "id_suffix", "code"),
    [
        ("string", "type", "invalid_type"),
        ("duration", "range", "out_of_range"),
        ("tier", "value", "invalid_value"),
        ("prompt", "length", "invalid_length"),
        ("image", "media", "invalid_media"),
    ],
)
def test_a_limit_has_a_suffix_and_a_code(name: str, id_suffix: str, code: str) -> None:
    assert (LIMITS[name].id_suffix, LIMITS[name].code) == (id_suffix, code)


@pytest.mark.parametrize(
    ("value", "integer"),
    [(5, True), (5.0, True), (-0.0, True), (5.5, False), (True, False), ("5", False)],
)
def test_what_counts_as_an_integer(value: object, integer: bool) -> None:
    assert is_integer(value) is integer
