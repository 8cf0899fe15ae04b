"""What has to be asked once more: whether a task that was just handled can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CANCEL, CREATE, READ
from seedance_contract.server.openapi_exchange import Exchange, answer, member, parsed, shown

MOST = 25
"""How many tasks of each kind a run reads again; more would show nothing new."""

FEW = 5
"""How many tasks a run cancels by itself."""

TIMEOUT_S = 10
"""Seconds after which a server that does not answer counts as gone."""


class Followup:
    """Reads created and cancelled tasks again, each time on a new connection.

    Neither redirects nor the machine's settings are heeded, so that the key goes to the server
    under test and nowhere else.
    """

    def __init__(self, base_url: str, key: str, session: requests.Session) -> None:
        self._base = base_url
        self._session = session
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {key}"
        # Some seconds may lie between two questions, and a server may end an idle connection just
        # as the next one goes out on it: that would be told as no answer.
        session.headers["Connection"] = "close"
        self._created = 0
        self._cancelled = 0
        self._cancels = 0

    def check_poll_url(self, exchange: Exchange) -> bool:
        """Judge where the answer to a create leads."""
        task = parsed(exchange.content)
        path, id = member(task, "poll_url"), member(task, "id") or member(task, "task_id")
        if not _succeeded(exchange, CREATE.id) or self._created >= MOST:
            return False
        self._created += 1
        if not isinstance(path, str):
            raise Mismatch("poll_url, a path", answer(exchange))
        url = urljoin(self._base + "/", path)
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise Mismatch("poll_url on the same origin", f"poll_url {shown(path)}")
        status, polled = self._read(url)
        if status != 200 or id not in (member(polled, "id"), member(polled, "task_id")):
            raise Mismatch(f"200 and task {id} at {shown(path)}", f"{status} {shown(str(polled))}")
        return True

    def check_cancelled_task(self, exchange: Exchange) -> bool:
        """Judge what a task shows after it was cancelled."""
        if not _succeeded(exchange, CANCEL.id) or self._cancelled >= MOST:
            return False
        self._cancelled += 1
        return self._readable(urlsplit(exchange.url).path.rpartition("/")[2])

    def check_cancellation(self, exchange: Exchange) -> bool:
        """Cancel a task that was just created, and judge what it shows then.

        The random sequences of a run need not come to a cancellation; this does.
        """
        id = member(parsed(exchange.content), "id")
        if not _succeeded(exchange, CREATE.id) or self._cancels >= FEW or not isinstance(id, str):
            return False
        self._cancels += 1
        status, _ = self._ask("DELETE", self._base + CANCEL.path.replace("{id}", id))
        return status == 200 and self._readable(id)

    def _readable(self, id: str) -> bool:
        status, task = self._read(self._base + READ.path.replace("{id}", id))
        seen = (status, member(task, "status"), member(task, "cancelled"))
        if seen != (200, "failed", True):
            raise Mismatch("200 with status failed, cancelled true", f"{status} {shown(str(task))}")
        return True

    def _read(self, url: str) -> tuple[int, object]:
        return self._ask("GET", url)

    def _ask(self, method: str, url: str) -> tuple[int, object]:
        try:
            got = self._session.request(method, url, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise Mismatch("an answer", type(error).__name__) from None
        return got.status_code, parsed(got.content)


def _succeeded(exchange: Exchange, operation: str) -> bool:
    return exchange.endpoint.id == operation and exchange.ordinary and exchange.status == 200


@contextmanager
def followup_session(base_url: str, key: str) -> Iterator[Followup]:
    """Give a follow-up whose connections are closed at the end."""
    with requests.Session() as session:
        yield Followup(base_url, key, session)
