"""The task in responses: its id, its statuses, the messages of documented failures."""

from __future__ import annotations

import re
from enum import StrEnum

TASK_ID_PREFIX = "ldtask_"
TASK_ID_PATTERN = "^ldtask_[0-9a-f]{32}$"
"""Source: page, get-task-status."""

TASK_ID_REGEX = re.compile(TASK_ID_PATTERN)


class Status(StrEnum):
    """The status of a task. Source: openapi, VideoTaskResponse.status."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


# A client recognises a cancelled task by `cancelled: true`, never by this text. The OpenAPI
# document allows a string or an object as the error of a task.
CANCELLED_MESSAGE = "Task cancelled before execution"
"""Source: page, cancel-task."""

EXPIRED_MESSAGE = "Task expired before execution"
"""The error of a task that waits longer than `execution_expires_after`. Assumed."""
