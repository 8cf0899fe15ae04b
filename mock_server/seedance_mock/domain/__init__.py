"""Values and pure functions: task, account, clock, lifecycle, errors."""
