"""Transports for clients that are tested in process."""
