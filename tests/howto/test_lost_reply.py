"""Handle a lost response: the task exists and is billed, so do not create it again."""

from __future__ import annotations

import httpx
import pytest

from seedance_mock.testing import AccountJournal, MockTransport

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


class MaybeCreated(Exception):
    """The task may exist. A person must check before the request is sent again."""


def create(client: httpx.Client) -> str:
    """Create a task and return its id. This is the code under test."""
    try:
        response = client.post("/v1/videos/generations", json=BODY)
    except (httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout) as error:
        raise MaybeCreated from error
    return str(response.raise_for_status().json()["id"])


@pytest.mark.seedance("lostreply")
def test_a_lost_create_is_not_repeated(
    seedance_httpx_transport: MockTransport,
    seedance_key: str,
    seedance_journal: AccountJournal,
) -> None:
    client = httpx.Client(
        transport=seedance_httpx_transport,
        base_url="https://api.tokenlab.sh",
        headers={"Authorization": f"Bearer {seedance_key}"},
    )

    with client, pytest.raises(MaybeCreated):
        create(client)

    seedance_journal.assert_creates(1)
    assert seedance_journal.create_requests()[0].applied
