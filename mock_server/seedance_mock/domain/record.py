"""What all records have in common: they never change, and cost little to make, replace and keep."""

from __future__ import annotations

from typing import dataclass_transform

import msgspec


# Type checkers do not see that the subclasses are frozen, too.
@dataclass_transform(frozen_default=True)
# `gc=False`: records are never part of a reference cycle, so the garbage collector need not look at
# them. It would visit each of their fields, in pauses of 10 ms under load.
class BaseRecord(msgspec.Struct, frozen=True, gc=False):
    """An immutable record; `msgspec.structs.replace` returns a changed copy.

    Every create makes a task and replaces its account. A struct is made in 0.9 µs and replaced in
    0.1 µs, where a named tuple of as many fields takes 2.3 and 1.0.
    """
