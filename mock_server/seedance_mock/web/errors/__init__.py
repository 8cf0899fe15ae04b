"""Errors: their bodies in each dialect, and the handlers that render them."""
