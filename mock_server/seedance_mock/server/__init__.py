"""A server process: socket, HTTP protocol, start and stop."""
