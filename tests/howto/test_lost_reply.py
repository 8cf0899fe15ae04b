"""Survive a lost reply: the task exists and is paid for, so it must not be created again."""

from __future__ import annotations

import httpx2
import pytest

from seedance_mock.testing.fixtures import AccountJournal
from seedance_mock.testing.httpx2_transport import MockTransport

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


class MaybeCreated(Exception):
    """Nobody knows whether the task exists: a person has to look before it is sent again."""


def create(client: httpx2.Client) -> str:
    """Create a task and return its id; this is the code under test."""
    try:
        answer = client.post("/v1/videos/generations", json=BODY)
    except (httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.ReadTimeout) as error:
        raise MaybeCreated from error
    return str(answer.raise_for_status().json()["id"])


@pytest.mark.seedance("lostreply")
def test_a_lost_reply_is_not_sent_again(
    seedance_httpx2_transport: MockTransport, seedance_key: str, seedance_journal: AccountJournal
) -> None:
    client = httpx2.Client(
        transport=seedance_httpx2_transport,
        base_url="https://api.tokenlab.sh",
        headers={"Authorization": f"Bearer {seedance_key}"},
    )

    with client, pytest.raises(MaybeCreated):
        create(client)

    seedance_journal.assert_creates(1)
    assert seedance_journal.creates()[0].applied
