"""Runs our OpenAPI document against a server with Schemathesis."""
