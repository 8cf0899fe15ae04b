"""The parser of the scripting language: words in a key, in a prompt or in the control API.

    script   = word *( separator word )         separator: "." or white space
    word     = preset | setting | clause
    setting  = name "-" value                   queue-10s, end-failed, asset-ready-10s, storm-7
    clause   = where "-" what [ "+" ] [ "x" times ] [ "~" from ]
    where    = create | poll | cancel | models | pricing | asset | any
    what     = a status (503), the id of an error (quota-exceeded) or a transport fault (reset)

`+` means that the request is applied in spite of the fault. `x2` means twice, `x0` for ever; the
default is once. `~3` means from the third such request on. A clause without `~` begins where the
clause before it with the same `where` ends: words are read from left to right. Polls, cancels
and downloads are counted for each task, other requests for each account.

Words use only characters that are legal in a bearer token. An unknown word is an error that
names the most similar word; it is never ignored.
"""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.vocabulary import (
    FAULT_ALIASES,
    PLACES,
    SETTINGS,
    TRANSPORT_FAULTS,
    errors_at,
)

SEPARATOR = re.compile(r"[.\s]+")
_CLAUSE = re.compile(
    r"(?P<fault>[a-z0-9-]+?)(?P<applied>\+?)(?:x(?P<times>\d{1,4}))?(?:~(?P<first>\d{1,4}))?",
    re.ASCII,
)

# Something that might contain a key (sk-…) or a management token (mt-…) is not quoted.
_QUOTABLE = re.compile(r"(?!.*(?:sk|mt)-)[A-Za-z0-9_+~-]{1,40}")

MAX_WORDS = 32
"""How many words a script may have."""


class WordError(ValueError):
    """Words are not valid. `nearest` is the word that is most similar to an unknown word."""

    nearest: str | None = None


class UnknownWord(WordError):
    """A word is unknown. The message quotes it only if it looks like a word, not like a secret."""

    def __init__(self, word: str, nearest: str) -> None:
        quoted = repr(word) if _QUOTABLE.fullmatch(word) else "The text"
        super().__init__(f"{quoted} is not a word of the mock; did you mean {nearest!r}?")
        self.nearest = nearest


class Preset(NamedTuple):
    """A word that stands for other words."""

    name: str

    def __str__(self) -> str:
        return self.name


class Setting(NamedTuple):
    """A word that sets one property of the account or of its tasks."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}-{self.value}"


class Clause(NamedTuple):
    """A word that injects a fault.

    `times` is how often (0: for ever). `first_request` counts from 1; None means after the
    clauses before it with the same place.
    """

    place: str
    fault_name: str
    applied: bool = False
    times: int = 1
    first_request: int | None = None

    def __str__(self) -> str:
        applied = "+" if self.applied else ""
        times = "" if self.times == 1 else f"x{self.times}"
        start = "" if self.first_request is None else f"~{self.first_request}"
        return f"{self.place}-{self.fault_name}{applied}{times}{start}"


Word = Preset | Setting | Clause


def parse(text: str) -> tuple[Word, ...]:
    """Return the words of `text`.

    Raises WordError for the first unknown word, or if there are more than `MAX_WORDS`.
    """
    words = [word for word in SEPARATOR.split(text) if word]
    if len(words) > MAX_WORDS:
        raise WordError(f"{len(words)} words are too many: a script has {MAX_WORDS} at most")
    return tuple(_word(word) for word in words)


def format_words(words: tuple[Word, ...]) -> str:
    """Return the text that `parse` reads back as the same words."""
    return " ".join(map(str, words))


def _word(text: str) -> Word:
    if text in PRESETS:
        return Preset(text)
    # A name may have a hyphen, as in `asset-ready-10s`. No value that follows one has any.
    for name, _, value in (text.partition("-"), text.rpartition("-")):
        if name in SETTINGS and SETTINGS[name].accepts(value):
            return Setting(name, value)
    name, _, rest = text.partition("-")
    if name in PLACES and (clause := _clause(name, rest)):
        return clause
    raise UnknownWord(text, nearest_word(text))


def _clause(place: str, text: str) -> Clause | None:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return None
    fault_name, applied = match["fault"], bool(match["applied"])
    if fault_name in FAULT_ALIASES:
        alias_of = FAULT_ALIASES[fault_name]
        fault_name, applied = alias_of.removesuffix("+"), applied or alias_of.endswith("+")
    if not _is_injectable(place, fault_name, applied):
        return None
    first_request = int(match["first"]) if match["first"] else None
    times = 1 if match["times"] is None else int(match["times"])
    # Requests are counted from 1.
    return None if first_request == 0 else Clause(place, fault_name, applied, times, first_request)


def _is_injectable(place: str, fault_name: str, applied: bool) -> bool:
    if fault_name not in TRANSPORT_FAULTS:
        return fault_name in errors_at(place)
    # `+` after a fault that is always applied would change nothing, so it is a mistake.
    return not (applied and TRANSPORT_FAULTS[fault_name].applied)


def nearest_word(text: str) -> str:
    """Return the word of the language that is most similar to `text`."""
    examples = [example for setting in SETTINGS.values() for example in setting.examples()]
    clauses = [
        f"{place}-{fault_name}"
        for place in PLACES
        for fault_name in (*errors_at(place), *TRANSPORT_FAULTS, *FAULT_ALIASES)
    ]
    # Without the suffixes of a clause, which no candidate has. The text is cut because clients
    # choose its length, and matching can take time proportional to the square of it.
    stem = re.sub(r"(x\d+)?(~\d+)?$", "", text[:40])
    [best] = difflib.get_close_matches(stem, [*PRESETS, *examples, *clauses], n=1, cutoff=0)
    return best


def describe_words(text: str) -> str:
    """Return a description of each word of `text`, one a line. Raises WordError."""
    return "\n".join(f"{word}: {meaning}" for word, meaning in word_meanings(text))


def word_meanings(text: str) -> list[tuple[str, str]]:
    """Return each word of `text` with its description. Raises WordError."""
    return [(str(word), _word_description(word)) for word in parse(text)]


def _word_description(word: Word) -> str:
    match word:
        case Preset(name):
            preset = PRESETS[name]
            meaning = f" (means {preset.words})" if preset.words else ""
            return preset.description + meaning
        case Setting(name, _):
            return SETTINGS[name].description
    return _clause_description(word)


def _clause_description(clause: Clause) -> str:
    fault = TRANSPORT_FAULTS.get(clause.fault_name)
    if fault is not None:
        effect = fault.description
    else:
        error = errors_at(clause.place)[clause.fault_name]
        effect = f"{error.status} {error.code}"
    times = {0: "for ever", 1: "once"}.get(clause.times, f"{clause.times} times")
    start = "" if clause.first_request is None else f" from request {clause.first_request} on"
    applied = clause.applied or (fault is not None and fault.applied)
    state = "applied" if applied else "not applied"
    return f"{PLACES[clause.place].description}: {effect}, {times}{start}; the request is {state}"
