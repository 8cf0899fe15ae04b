"""Callbacks: a POST to the client for each change of status."""

from __future__ import annotations

from seedance_contract.declared.sources import assumed, page
from seedance_contract.declared.v3.tasks import V3Status

CALLBACKS_SOURCE = page("create-volc: callback_url")

CALLBACK_STATUSES = (
    V3Status.QUEUED,
    V3Status.RUNNING,
    V3Status.SUCCEEDED,
    V3Status.FAILED,
    V3Status.EXPIRED,
)
"""The statuses that are sent. The documents do not list `cancelled`."""

RETRIED_STATUSES = (V3Status.SUCCEEDED, V3Status.FAILED)
"""The statuses whose delivery is repeated if the client does not acknowledge it."""

MAX_ATTEMPTS = 4
"""How often one of them is sent: once, and up to three times more."""

TIMEOUT_SECONDS = 5.0
"""How long the client has to acknowledge a delivery with any 2xx."""

RETRY_SOURCE = assumed("how long the pauses between two attempts of a callback are")
