"""Which requests of an OpenAPI run have made or changed the task that another request is about."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from seedance_contract.declared.dialects import CREATE_ENDPOINTS
from seedance_contract.server.http.exchange import CheckedExchange, Exchange, member, parse_json


class TaskHistory:
    """Remembers the requests that created and cancelled tasks.

    Schemathesis uses the id of a task in other sequences than the one that created it.
    """

    def __init__(self) -> None:
        self._changes: dict[str, list[Exchange]] = {}

    def add(self, exchange: CheckedExchange) -> CheckedExchange:
        """Remember an exchange. Return it with the changes of its task before it."""
        task_id = urlsplit(exchange.request.url).path.rpartition("/")[2]
        before = tuple(self._changes.get(task_id, ()))
        if exchange.response.status == 200 and exchange.request.method != "GET":
            self._remember(task_id, exchange)
        return replace(exchange, before=before)

    def _remember(self, task_id: str, exchange: CheckedExchange) -> None:
        if task_id in self._changes:
            self._changes[task_id].append(exchange.untimed)
        elif exchange.endpoint in CREATE_ENDPOINTS:
            created_id = member(parse_json(exchange.response.body), "id")
            if isinstance(created_id, str):
                self._changes[created_id] = [exchange.untimed]
