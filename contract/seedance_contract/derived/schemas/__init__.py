"""JSON Schemas of requests and responses, derived from the declared contract."""
