"""The client suite: situations, what a client must do in them, and the grading of what it did."""
