"""`seedance-mock serve`: its options, and the start of the server."""
