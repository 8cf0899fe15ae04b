"""Requests to the server under test: sent within limits, and logged."""
