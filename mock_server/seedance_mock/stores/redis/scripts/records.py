"""The scripts that store and delete tasks and accounts."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts.script import LuaScript

# One script for changes of every kind: a create stores a task and replaces its account, and nobody
# may see one without the other.
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
