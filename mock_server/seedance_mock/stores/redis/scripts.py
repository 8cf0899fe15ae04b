"""The Lua scripts: each is one atomic step of the Redis server over keys of one hash slot.

A task or an account is a hash with the fields `v`, its version, and `r`, its text. The version is
the token of the commit that wrote it. A token is random, so equal versions mean equal records, even
if a record was deleted and stored again.

All entries of a kind and an owner are in one hash, by their ids: a version, a number and a text,
with spaces between them. The number counts the entries in the order of storing; the field without a
name has the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1


@dataclass(frozen=True, slots=True)
class LuaScript:
    """The source of a script, and the digest that a server knows it by once it was loaded."""

    source: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)


COMMIT = LuaScript("""
-- Apply all changes or none. Returns 1, or the first change that does not match: its position,
-- and version and text of the record that is stored.
-- KEYS: the token; for each change its record, and the open and the settled tasks of its owner;
--   for an entry its hash, three times
-- ARGV: the token, its lifetime in seconds; for each change six values:
--   kind (account, open, settled, entry), comparison (none, v, r), expected value,
--   new text or '' to delete, id of a task or an entry, end of a task
if redis.call('EXISTS', KEYS[1]) == 1 then
    return 1 -- This commit was applied, and its reply was lost.
end
local function entry(hash, id)
    local value = redis.call('HGET', hash, id)
    if value then
        return string.match(value, '^(%S+) (%d+) (.*)$')
    end
end
local count = (#KEYS - 1) / 3
for i = 0, count - 1 do
    local record, at = KEYS[3 * i + 2], 6 * i + 3
    local comparison, expected = ARGV[at + 1], ARGV[at + 2]
    local current
    if ARGV[at] == 'entry' then
        local version, _, text = entry(record, ARGV[at + 4])
        current = comparison == 'r' and text or version
    else
        current = redis.call('HGET', record, comparison == 'r' and 'r' or 'v')
    end
    local matches = current == expected
    if comparison == 'none' then
        matches = not current
    end
    if not matches and ARGV[at] == 'entry' then
        local version, _, text = entry(record, ARGV[at + 4])
        return {i, version or false, text or false}
    elseif not matches then
        local stored = redis.call('HMGET', record, 'v', 'r')
        return {i, stored[1], stored[2]}
    end
end
for i = 0, count - 1 do
    local record, open, settled, at = KEYS[3 * i + 2], KEYS[3 * i + 3], KEYS[3 * i + 4], 6 * i + 3
    local kind, text, id, ends = ARGV[at], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
    if kind == 'entry' and text == '' then
        redis.call('HDEL', record, id)
        if redis.call('HLEN', record) == 1 then
            redis.call('DEL', record) -- Only the last number was left.
        end
    elseif kind == 'entry' then
        local _, number = entry(record, id)
        number = number or redis.call('HINCRBY', record, '', 1)
        redis.call('HSET', record, id, ARGV[1] .. ' ' .. number .. ' ' .. text)
    elseif text == '' then
        redis.call('DEL', record)
    else
        redis.call('HSET', record, 'v', ARGV[1], 'r', text)
    end
    if kind == 'open' or kind == 'settled' then
        if text ~= '' and kind == 'open' then
            redis.call('ZADD', open, ends, id)
        else
            redis.call('ZREM', open, id)
        end
        if text ~= '' and kind == 'settled' then
            redis.call('ZADD', settled, ends, id)
        else
            redis.call('ZREM', settled, id)
        end
    end
end
redis.call('SET', KEYS[1], '', 'EX', ARGV[2])
return 1
""")

RESET = LuaScript("""
-- Replace an account, delete its tasks and its entries. Returns 1; 0 if its tasks are not those
-- that were named; or version and text of the account if it does not match.
-- KEYS: the token, the account, its open and its settled tasks, the record of each task,
--   the hash of the entries of each kind
-- ARGV: the token, its lifetime in seconds, comparison, expected value, new text, id of each task
if redis.call('EXISTS', KEYS[1]) == 1 then
    return 1
end
local stored = redis.call('HMGET', KEYS[2], 'v', 'r')
if (ARGV[3] == 'r' and stored[2] or stored[1]) ~= ARGV[4] then
    return {0, stored[1], stored[2]}
end
local known = redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
if known ~= #ARGV - 5 then
    return 0
end
for i = 6, #ARGV do
    if not (redis.call('ZSCORE', KEYS[3], ARGV[i]) or redis.call('ZSCORE', KEYS[4], ARGV[i])) then
        return 0
    end
end
for i = 5, #KEYS do
    redis.call('DEL', KEYS[i])
end
redis.call('DEL', KEYS[3], KEYS[4])
redis.call('HSET', KEYS[2], 'v', ARGV[1], 'r', ARGV[5])
redis.call('SET', KEYS[1], '', 'EX', ARGV[2])
return 1
""")

DELETE_SETTLED = LuaScript("""
-- Delete settled tasks of one owner.
-- KEYS: its settled tasks, the record of each task. ARGV: the id of each task
for i = 1, #ARGV do
    if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
        redis.call('DEL', KEYS[i + 1])
    end
end
return 1
""")

DELETE_IDLE_ACCOUNT = LuaScript("""
-- Delete an account that has no open tasks, and its entries. Returns whether it is gone.
-- KEYS: the account, its open tasks, the hash of the entries of each kind
if redis.call('ZCARD', KEYS[2]) > 0 then
    return 0
end
redis.call('DEL', KEYS[1])
for i = 3, #KEYS do
    redis.call('DEL', KEYS[i])
end
return 1
""")

NOTE_ENTRY_OWNER = LuaScript("""
-- Note that an owner may have entries of a kind from now on.
-- KEYS: the owners that may have some. ARGV: owner
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
return 1
""")

FORGET_ENTRY_OWNERS = LuaScript("""
-- Remove owners without entries, unless they were noted a short time ago.
-- KEYS: the owners that may have entries. ARGV: that time in seconds, owners
local latest = redis.call('TIME')[1] - ARGV[1]
for i = 2, #ARGV do
    local since = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if since and tonumber(since) < latest then
        redis.call('ZREM', KEYS[1], ARGV[i])
    end
end
return 1
""")

OPEN = LuaScript("""
-- Give an account its name, and claim name and key for it. Returns the name and the number by which
-- it is sorted, or the claim that prevents it with its holder and whether it is unconfirmed.
-- KEYS: claims, unconfirmed, numbers, order, counters
-- ARGV: owner, lifetime of an unconfirmed claim in seconds
local owner, lifetime = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local key = 'key:' .. owner
local holder = redis.call('HGET', KEYS[1], key)
if holder and holder ~= owner then
    local since = redis.call('ZSCORE', KEYS[2], key)
    return {key, holder, since and now - since > lifetime and 1 or 0}
end
-- A number that was given stays, also if its account was not stored then.
local number = redis.call('HGET', KEYS[3], owner)
local name = number and 'name:key-' .. number
while not number do
    number = redis.call('HINCRBY', KEYS[5], 'opened', 1)
    name = 'name:key-' .. number
    if redis.call('HEXISTS', KEYS[1], name) == 1 then
        number = false
    else
        redis.call('HSET', KEYS[3], owner, number)
    end
end
for _, claim in ipairs({key, name}) do
    if redis.call('HSETNX', KEYS[1], claim, owner) == 1 then
        redis.call('ZADD', KEYS[2], now, claim)
    end
end
redis.call('ZADD', KEYS[4], 'NX', redis.call('HINCRBY', KEYS[5], 'ordered', 1), owner)
return {'key-' .. number}
""")

CLAIM = LuaScript("""
-- Claim names and keys for an account. Returns the time of the claim; or the claim that another
-- account has, its holder, and whether it has been unconfirmed for too long.
-- KEYS: claims, unconfirmed, order, counters
-- ARGV: owner, lifetime of an unconfirmed claim in seconds, claims
local owner, lifetime = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
for i = 3, #ARGV do
    local holder = redis.call('HGET', KEYS[1], ARGV[i])
    if holder and holder ~= owner then
        local since = redis.call('ZSCORE', KEYS[2], ARGV[i])
        return {ARGV[i], holder, since and now - since > lifetime and 1 or 0}
    end
end
for i = 3, #ARGV do
    if redis.call('HSETNX', KEYS[1], ARGV[i], owner) == 1
        or redis.call('ZSCORE', KEYS[2], ARGV[i]) then
        redis.call('ZADD', KEYS[2], string.format('%.6f', now), ARGV[i])
    end
end
redis.call('ZADD', KEYS[3], 'NX', redis.call('HINCRBY', KEYS[4], 'ordered', 1), owner)
return {string.format('%.6f', now)}
""")

CONFIRM = LuaScript("""
-- The record of the owner has these names and keys. Claims that were released meanwhile are made
-- again, unless another account has them.
-- KEYS: claims, unconfirmed. ARGV: owner, claims
for i = 2, #ARGV do
    redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[1])
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then
        redis.call('ZREM', KEYS[2], ARGV[i])
    end
end
return 1
""")

RELEASE = LuaScript("""
-- Release claims of an owner. With a time, only those that were made then and are not confirmed.
-- KEYS: claims, unconfirmed. ARGV: owner, time or '', claims
for i = 3, #ARGV do
    local since = redis.call('ZSCORE', KEYS[2], ARGV[i])
    local is_same = ARGV[2] == '' or (since and tonumber(since) == tonumber(ARGV[2]))
    if is_same and redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then
        redis.call('HDEL', KEYS[1], ARGV[i])
        redis.call('ZREM', KEYS[2], ARGV[i])
    end
end
return 1
""")
