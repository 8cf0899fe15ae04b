"""The scripts of the directory: which account has a name or a key."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts.script import LuaScript

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
