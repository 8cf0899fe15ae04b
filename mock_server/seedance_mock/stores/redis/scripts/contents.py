"""The Lua scripts for an account with all of its tasks and entries."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts.script import LuaScript

CONTENT = LuaScript("""
-- Return what an account has at one moment: version and text of its record, the version of each of
-- its tasks, and its entries of each kind. Returns 0 if its tasks are not those that were named.
-- KEYS: the account, its open and its settled tasks, the record of each task, the hash of the
--   entries of each kind
-- ARGV: id of each task
if redis.call('ZCARD', KEYS[2]) + redis.call('ZCARD', KEYS[3]) ~= #ARGV then
    return 0
end
local versions, entries = {}, {}
for i = 1, #ARGV do
    versions[i] = redis.call('HGET', KEYS[i + 3], 'v')
    if not versions[i] then
        return 0
    end
end
for i = #ARGV + 4, #KEYS do
    entries[#entries + 1] = redis.call('HGETALL', KEYS[i])
end
return {redis.call('HMGET', KEYS[1], 'v', 'r'), versions, entries}
""")

DELETE_LOADED = LuaScript("""
-- Delete an account with its tasks and entries, if all have been written by one import, and nobody
-- has changed any since. Returns `deleted`; `changed` if only some are as the import wrote them;
-- `foreign` if none is; or `retry` if its tasks are not those that were named.
-- KEYS: as for the content of an account. ARGV: what the versions start with, id of each task
local total, loaded = 0, 0
local function count(version)
    total = total + 1
    if string.sub(version, 1, #ARGV[1]) == ARGV[1] then
        loaded = loaded + 1
    end
end
local tasks = #ARGV - 1
if redis.call('ZCARD', KEYS[2]) + redis.call('ZCARD', KEYS[3]) ~= tasks then
    return 'retry'
end
count(redis.call('HGET', KEYS[1], 'v') or '')
for i = 4, tasks + 3 do
    local version = redis.call('HGET', KEYS[i], 'v')
    if not version then
        return 'retry'
    end
    count(version)
end
for i = tasks + 4, #KEYS do
    local fields = redis.call('HGETALL', KEYS[i])
    for k = 1, #fields, 2 do
        if fields[k] ~= '' then
            count(fields[k + 1])
        end
    end
end
if loaded < total then
    return loaded == 0 and 'foreign' or 'changed'
end
for i = 1, #KEYS do
    redis.call('DEL', KEYS[i])
end
return 'deleted'
""")
