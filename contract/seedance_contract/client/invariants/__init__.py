"""Invariants: what the traffic of a client must satisfy in every situation.

Each is a check function: it takes a record and nothing else. The cases of the catalogue and the
exploration judge by the same functions.
"""
