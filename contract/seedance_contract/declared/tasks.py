"""The task on the wire: its id, its statuses, and the words of its documented failures."""

from __future__ import annotations

import re
from enum import StrEnum

TASK_ID_PREFIX = "ldtask_"
TASK_ID_PATTERN = "^ldtask_[0-9a-f]{32}$"
"""Source: page, get-task-status."""

TASK_ID_REGEX = re.compile(TASK_ID_PATTERN)


class Status(StrEnum):
    """The status that the API shows. Source: openapi, VideoTaskResponse.status."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


CANCELLED_MESSAGE = "Task cancelled before execution"
"""Source: page, cancel-task."""

EXPIRED_MESSAGE = "Task expired before execution"
"""Assumed: what a task that waited too long says."""
