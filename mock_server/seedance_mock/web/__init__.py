"""The HTTP skin: routes, JSON in and out, one renderer of errors."""
