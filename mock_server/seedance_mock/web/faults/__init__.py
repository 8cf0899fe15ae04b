"""Fault injection: what words of a script do to responses."""
