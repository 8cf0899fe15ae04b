"""Fault injection: what the words of a script do to responses and their connections."""
