"""Bad habits: subclasses of the reference client, each of which does one thing wrong."""
