"""What follows from the declared dialect v3: validation, OpenAPI, strategies, drift."""
