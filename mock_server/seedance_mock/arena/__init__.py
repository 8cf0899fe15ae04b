"""The arena: the mock as the server of client cases, with a recording of all bytes."""
