"""The bodies of requests and responses of the control API, for validation and OpenAPI."""
