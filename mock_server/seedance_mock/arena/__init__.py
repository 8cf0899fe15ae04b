"""The arena: the mock as a place where clients are put to the test, every byte recorded."""
