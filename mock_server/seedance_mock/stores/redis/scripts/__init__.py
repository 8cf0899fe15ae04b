"""The Lua scripts: each is one atomic step of the Redis server over keys of one hash slot.

A task or an account is a hash with the fields `v`, its version, and `r`, its text. The version is
the token of the commit that wrote it. A token is random, so equal versions mean equal records, even
if a record was deleted and stored again.

All entries of a kind and an owner are in one hash, by their ids: a version, a number and a text,
with spaces between them. The number counts the entries in the order of storing; the field without a
name has the last one.
"""
