import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.vocabulary import (
    FAULT_ALIASES,
    PLACES,
    SETTINGS,
    TRANSPORT_FAULTS,
    errors_at,
)
from seedance_mock.scripting.words import (
    MAX_WORDS,
    Clause,
    Preset,
    Setting,
    Word,
    WordError,
    describe_words,
    format_words,
    parse,
)

EXAMPLES = [
    Setting(setting.name, value)
    for setting in SETTINGS.values()
    for value in setting.example_values
]


def clauses() -> st.SearchStrategy[Word]:
    return st.sampled_from(list(PLACES)).flatmap(
        lambda place: st.builds(
            Clause,
            st.just(place),
            st.sampled_from([*errors_at(place), *TRANSPORT_FAULTS]),
            st.just(False),
            st.integers(0, 9_999),
            st.none() | st.integers(1, 9_999),
        )
    )


def words() -> st.SearchStrategy[Word]:
    presets = st.sampled_from(list(PRESETS)).map(Preset)
    return st.one_of(presets, st.sampled_from(EXAMPLES), clauses())


@given(st.lists(words(), max_size=8))
def test_formatted_words_are_parsed_back(drawn: list[Word]) -> None:
    assert parse(format_words(tuple(drawn))) == tuple(drawn)


def parsed_or_nearest(text: str) -> tuple[Word, ...]:
    try:
        return parse(text)
    except WordError as error:
        return parse(error.nearest or "")


@given(st.text(max_size=60))
def test_any_text_has_words_or_a_nearest_word(text: str) -> None:
    words = parsed_or_nearest(text)

    assert parse(format_words(words)) == words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("create-503x2", Clause("create", "503", times=2)),
        ("poll-cut~3", Clause("poll", "cut", first_request=3)),
        ("any-429x1", Clause("any", "429")),
        ("create-quota-exceeded", Clause("create", "quota-exceeded")),
        ("create-504+", Clause("create", "504", applied=True)),
        ("create-lostreply", Clause("create", "reset", applied=True)),
        ("cancel-fin+x0~2", Clause("cancel", "close", True, 0, 2)),
        ("queue-10s", Setting("queue", "10s")),
        ("storm-7", Setting("storm", "7")),
        ("busy", Preset("busy")),
    ],
)
def test_a_word_is_parsed(text: str, word: Word) -> None:
    assert parse(text) == (word,)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("flakky", "flaky"),
        ("crate-503", "create-503"),
        ("end-fail", "end-failed"),
        ("cancel-408", "cancel-409"),
        ("clock-frozn", "clock-frozen"),
        ("create-lostrepl", "create-lostreply"),
    ],
)
def test_the_error_names_the_nearest_word(text: str, nearest: str) -> None:
    with pytest.raises(WordError, match="is not a word of the mock; did you mean") as caught:
        parse(text)

    assert caught.value.nearest == nearest


@pytest.mark.parametrize(
    "text",
    [
        "queue-10",
        "create-5_3",
        "create-503x٢",
        "retry-٣s",
        "poll-402",
        "create-cut+",
        "poll-503~0",
        "asset-429",
        "balance-1.5c",
        "any-409",
    ],
)
def test_a_similar_text_is_not_a_word(text: str) -> None:
    with pytest.raises(WordError):
        parse(text)


def test_dots_and_spaces_separate_words() -> None:
    assert parse("busy.queue-9s  end-failed") == parse("busy queue-9s.end-failed")


def test_too_many_words_are_refused() -> None:
    assert len(parse("ok " * MAX_WORDS)) == MAX_WORDS
    with pytest.raises(WordError, match="33 words are too many: a script has 32 at most") as caught:
        parse("ok " * (MAX_WORDS + 1))

    assert caught.value.nearest is None


@pytest.mark.parametrize(
    "text", ["https://planted", "sk-planted", "a:sk-planted", "planted!", "plantedé", "planted" * 6]
)
def test_a_possible_secret_is_not_quoted(text: str) -> None:
    with pytest.raises(WordError, match="The text is not a word of the mock") as caught:
        parse(text)

    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stands_for_words(name: str) -> None:
    words = PRESETS[name].words

    assert format_words(parse(words)) == words


@pytest.mark.parametrize("name", FAULT_ALIASES)
def test_an_alias_stands_for_a_fault(name: str) -> None:
    assert parse(f"create-{name}") == parse(f"create-{FAULT_ALIASES[name]}")


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("policy", "policy: the task fails, with a string (means end-failed)"),
        ("ok", "ok: pending, processing, completed"),
        ("queue-9s", "queue-9s: how long tasks wait in the queue"),
        (
            "create-504+x2~3",
            "create-504+x2~3: the create request, of v1 and of v3: 504 timeout_error, 2 times "
            "from request 3 on; the request is applied",
        ),
        (
            "poll-reset",
            "poll-reset: GET of a task; counted for each task: the connection is reset before "
            "the first byte of a response, once; the request is not applied",
        ),
        (
            "models-cutx0",
            "models-cutx0: GET /v1/models and /v1/models/{model}: the response ends in the middle "
            "of its body, for ever; the request is applied",
        ),
    ],
)
def test_a_word_is_described(text: str, description: str) -> None:
    assert describe_words(text) == description
