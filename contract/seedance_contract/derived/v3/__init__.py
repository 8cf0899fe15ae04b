"""What follows from the declared dialect v3: validation, and requests in the terms of v1."""
