"""The endpoints of the control API for words: the whole language, and what words will do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.domain.outlook import fault_ranges, is_clock_by_polls, task_course
from seedance_mock.domain.scenarios import parse_script, parse_task_script
from seedance_mock.scripting.vocabulary import PLACES, vocabulary_json
from seedance_mock.scripting.words import word_meanings
from seedance_mock.web.control.requests import read_json_body, service_of
from seedance_mock.web.control.schemas.bodies import EXPLAIN_BODY
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import JSON


async def list_words(request: Request) -> Response:
    """`GET /_mock/words`."""
    return json_response(vocabulary_json())


async def explain_words(request: Request) -> Response:
    """`POST /_mock/explain`: what words will do. An unknown word is 400 with the nearest one."""
    text = str((await read_json_body(request, EXPLAIN_BODY))["words"])
    script = parse_script(text)
    meanings = word_meanings(text)
    words = " ".join(word for word, _ in meanings)
    lifecycle = LIFECYCLES[service_of(request).settings.lifecycle]
    return json_response(
        {
            "words": words,
            "explanation": [{"word": word, "does": does} for word, does in meanings],
            **_prompt(words),
            "clock": "polls" if is_clock_by_polls(script) else "seconds",
            "course": [step._asdict() for step in task_course(script, lifecycle)],
            "faults": [
                {**fault._asdict(), "counts": PLACES[fault.place].description}
                for fault in fault_ranges(script)
            ],
        }
    )


def _prompt(words: str) -> JSON:
    """Return the words as a part of a prompt, or why they cannot be one."""
    try:
        parse_task_script(words)
    except ApiError as error:
        return {"prompt": None, "prompt_error": str(error)}
    return {"prompt": f"[mock: {words}]" if words else None, "prompt_error": None}
