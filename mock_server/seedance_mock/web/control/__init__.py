"""The control API: scripts, accounts, clocks, tasks and the journal of a running server."""

CONTROL_PREFIX = "/_mock"
"""What the paths of the control API begin with."""
