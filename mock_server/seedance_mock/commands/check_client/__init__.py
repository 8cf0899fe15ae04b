"""`seedance-mock check-client`: run a client against scripted responses and grade it."""
