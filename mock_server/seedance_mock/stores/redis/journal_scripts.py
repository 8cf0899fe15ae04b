"""The Lua scripts of the journal. Its keys are in one slot of a cluster."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts import LuaScript

# Bytes are counted with each row, so that dropping rows reads no others.
_DROP = """
local function drop(rows, counters, requests, row)
    local fields = row[2]
    redis.call('XDEL', rows, row[1])
    redis.call('HINCRBY', counters, 'bytes', -#fields[12])
    local number = string.match(row[1], '^%d+')
    if redis.call('HGET', requests, fields[2]) == number then
        redis.call('HDEL', requests, fields[2])
    end
end
"""

APPEND = LuaScript(
    _DROP
    + """
-- Append rows, and drop the oldest ones beyond the bounds.
-- KEYS: rows, counters, numbers by request, a token
-- ARGV: greatest number of rows, of bytes, lifetime of the token in seconds; six values a row:
--   request id, account, task, place, status, entry
if redis.call('SET', KEYS[4], '', 'NX', 'EX', ARGV[3]) == false then
    return 1 -- They were appended, and the reply was lost.
end
local bytes = 0
for i = 4, #ARGV, 6 do
    local number = redis.call('HINCRBY', KEYS[2], 'last', 1)
    redis.call('XADD', KEYS[1], number .. '-0', 'r', ARGV[i], 'a', ARGV[i + 1], 't', ARGV[i + 2],
        'p', ARGV[i + 3], 's', ARGV[i + 4], 'e', ARGV[i + 5])
    redis.call('HSET', KEYS[3], ARGV[i], number)
    bytes = redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[i + 5])
end
local max_count, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local count = redis.call('XLEN', KEYS[1])
while count > max_count or bytes > max_bytes do
    local row = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    drop(KEYS[1], KEYS[2], KEYS[3], row)
    count, bytes = count - 1, bytes - #row[2][12]
end
return 1
"""
)

DELETE = LuaScript(
    _DROP
    + """
-- Delete rows. KEYS: rows, counters, numbers by request. ARGV: the number of each row
for i = 1, #ARGV do
    local id = ARGV[i] .. '-0'
    local row = redis.call('XRANGE', KEYS[1], id, id)[1]
    if row then
        drop(KEYS[1], KEYS[2], KEYS[3], row)
    end
end
return 1
"""
)

CLEAR = LuaScript("""
-- Delete all rows; numbers go on. KEYS: rows, counters, numbers by request
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('HSET', KEYS[2], 'bytes', 0)
return 1
""")
