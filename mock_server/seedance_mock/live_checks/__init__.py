"""Checks of live traffic: what the invariants of the kit say about the requests of an account.

The journal is turned into the records that `check-client` grades, and the same functions grade
them. This room imports the contract and the journal, and no part of the kit that needs an extra.
"""
