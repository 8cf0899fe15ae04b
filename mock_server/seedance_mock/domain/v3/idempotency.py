"""Idempotency keys: a create that is repeated with the same key returns the same task."""

from __future__ import annotations

import hashlib

import orjson

from seedance_contract.declared.operations import Body
from seedance_mock.domain.record import BaseRecord


class IdempotencyRecord(BaseRecord):
    """A create that was sent with an idempotency key.

    It is kept as long as its task: a key whose task is no longer kept is free again.

    Args:
        owner: the owner of the account.
        id: digest of the API key and the idempotency key.
        body_digest: digest of the body as a JSON value.
        task_id: the id under which the task is stored.
        in_progress_until: until when a repetition is refused as too early, by the account's clock.
    """

    owner: str
    id: str
    body_digest: str
    task_id: str
    in_progress_until: float = 0.0


def idempotency_id(api_key: str, idempotency_key: str) -> str:
    """Return the id of the record of a key. `api_key` is its digest, or empty."""
    text = f"{api_key}/{idempotency_key}".encode()
    return hashlib.blake2b(text, digest_size=16).hexdigest()


# By JSON value, so that white space and the order of members do not matter. Assumed: the documents
# say "same JSON body".
def json_digest(body: Body) -> str:
    """Return 32 hexadecimal digits that are equal for equal JSON objects."""
    raw = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
