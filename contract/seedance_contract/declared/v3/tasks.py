"""The task in responses of v3: its statuses."""

from __future__ import annotations

from enum import StrEnum


class V3Status(StrEnum):
    """The status of a task. Source: openapi, GetContentsGenerationsTaskResponse.status."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
