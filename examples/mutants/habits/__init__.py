"""Bad habits, each a subclass of the reference client that does one thing wrong."""
