"""The language of situations: words that a key, a prompt or the control API carries.

    script   = word *( separator word )         separator: "." or white space
    word     = preset | setting | clause
    setting  = name "-" value                   queue-10s, end-failed, balance-50c, storm-7
    clause   = where "-" what [ "+" ] [ "x" times ] [ "~" from ]
    where    = create | poll | cancel | models | pricing | asset | any
    what     = a status (503), the id of an error (quota-exceeded) or a transport fault (reset)

`+` says that the request is applied although it is answered so, `x2` twice (`x0` for ever, else
once), `~3` from the third such request on. A clause without `~` begins where the one before it,
with the same `where`, has ended, so that words are read from left to right. Polls, cancels and
downloads are counted for each task, the others for each account.

Only characters that are legal in a bearer token are used. A word that means nothing is an error
with the nearest word that means something, never a silent default.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from seedance_mock.scripting.vocabulary import (
    FAULT_ALIASES,
    PLACES,
    PRESETS,
    SETTINGS,
    TRANSPORT_FAULTS,
    errors_at,
)

SEPARATOR = re.compile(r"[.\s]+")
_CLAUSE = re.compile(
    r"(?P<what>[a-z0-9-]+?)(?P<applied>\+?)(?:x(?P<times>\d{1,4}))?(?:~(?P<start>\d{1,4}))?",
    re.ASCII,
)

_WORDLIKE = re.compile(r"(?!.*(?:sk|mt)-)[A-Za-z0-9_+~-]{1,40}")

MAX_WORDS = 32


class WordError(ValueError):
    """Words mean nothing. `nearest` is the word that was perhaps meant, if it was one word."""

    nearest: str | None = None


class UnknownWord(WordError):
    """A word means nothing. It is repeated only if it looks like one: it might be a secret."""

    def __init__(self, word: str, nearest: str) -> None:
        shown = repr(word) if _WORDLIKE.fullmatch(word) else "What was given"
        super().__init__(f"{shown} is no word of the mock; perhaps {nearest!r} was meant")
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Preset:
    """A situation with a name of its own."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Setting:
    """One property of the account or of its tasks."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}-{self.value}"


@dataclass(frozen=True, slots=True)
class Clause:
    """A fault: where, what, whether applied, how often (0: for ever), from which request on.

    `start` counts from 1; None begins where the clause before it ended.
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

    Raises WordError for the first that means nothing, or where there are too many.
    """
    words = [word for word in SEPARATOR.split(text) if word]
    if len(words) > MAX_WORDS:
        raise WordError(f"{len(words)} words are too many: a script has {MAX_WORDS} at most")
    return tuple(_word(word) for word in words)


def format_words(words: tuple[Word, ...]) -> str:
    """Return the text of `words`: what `parse` reads back as the same words."""
    return " ".join(map(str, words))


def _word(text: str) -> Word:
    if text in PRESETS:
        return Preset(text)
    name, _, rest = text.partition("-")
    if name in SETTINGS and SETTINGS[name].accepts(rest):
        return Setting(name, rest)
    if name in PLACES and (clause := _clause(name, rest)):
        return clause
    raise UnknownWord(text, nearest_word(text))


def _clause(where: str, text: str) -> Clause | None:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return None
    what, applied = match["what"], bool(match["applied"])
    if what in FAULT_ALIASES:
        name = FAULT_ALIASES[what]
        what, applied = name.removesuffix("+"), applied or name.endswith("+")
    always = what in TRANSPORT_FAULTS and TRANSPORT_FAULTS[what].applied
    if (what not in TRANSPORT_FAULTS and what not in errors_at(where)) or (applied and always):
        return None
    start = int(match["start"]) if match["start"] else None
    times = 1 if match["times"] is None else int(match["times"])
    return None if start == 0 else Clause(where, what, applied, times, start)


def nearest_word(text: str) -> str:
    """Return the word of the language that is most like `text`."""
    examples = [example for setting in SETTINGS.values() for example in setting.examples()]
    faults = [
        f"{place}-{what}"
        for place in PLACES
        for what in (*errors_at(place), *TRANSPORT_FAULTS, *FAULT_ALIASES)
    ]
    plain = re.sub(r"(x\d+)?(~\d+)?$", "", text[:40])
    [best] = difflib.get_close_matches(plain, [*PRESETS, *examples, *faults], n=1, cutoff=0)
    return best


def describe_words(text: str) -> str:
    """Return what the words of `text` do, a line each. Raises WordError."""
    return "\n".join(f"{word}: {_word_description(word)}" for word in parse(text))


def _word_description(word: Word) -> str:
    match word:
        case Preset(name):
            means = f" (means {PRESETS[name].words})" if PRESETS[name].words else ""
            return PRESETS[name].description + means
        case Setting(name, _):
            return SETTINGS[name].description
    return _clause_description(word)


def _clause_description(clause: Clause) -> str:
    effect = TRANSPORT_FAULTS.get(clause.fault_name)
    kind = errors_at(clause.place).get(clause.fault_name)
    told = (
        f"{kind.status} {kind.code}"
        if kind is not None
        else TRANSPORT_FAULTS[clause.fault_name].description
    )
    often = {0: "for ever", 1: "once"}.get(clause.times, f"{clause.times} times")
    begins = "" if clause.first_request is None else f" from request {clause.first_request} on"
    applied = clause.applied or (effect is not None and effect.applied)
    state = "applied" if applied else "not applied"
    return f"{PLACES[clause.place].description}: {told}, {often}{begins}; the request is {state}"
