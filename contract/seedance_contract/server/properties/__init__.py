"""Random requests of Hypothesis, and the model that says what a client may expect."""
