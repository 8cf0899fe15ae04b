"""The Lua scripts of the journal. Its keys are in one slot of a cluster."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts.script import LuaScript

# Bytes are counted with each row, so that dropping rows reads no others. A row has a value for each
# name, in one order: its request id is the second of the fields, and its entry the last.
_DROP = """
local function drop(rows, counters, requests, dropped)
    local ids, names, bytes = {}, {}, 0
    for i, row in ipairs(dropped) do
        ids[i], names[i], bytes = row[1], row[2][2], bytes + #row[2][12]
    end
    redis.call('XDEL', rows, unpack(ids))
    redis.call('HINCRBY', counters, 'bytes', -bytes)
    local numbers, stale = redis.call('HMGET', requests, unpack(names)), {}
    for i, number in ipairs(numbers) do
        if number and number .. '-0' == ids[i] then
            stale[#stale + 1] = names[i]
        end
    end
    if #stale > 0 then
        redis.call('HDEL', requests, unpack(stale))
    end
    return bytes
end
"""

# The fewer calls, the better: Redis serves nobody else meanwhile. `unpack` takes some thousands
# of values.
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
local max_count, max_bytes, batch = tonumber(ARGV[1]), tonumber(ARGV[2]), 500
local appended = (#ARGV - 3) / 6
local number = redis.call('HINCRBY', KEYS[2], 'last', appended) - appended
local bytes, numbers = 0, {}
for i = 4, #ARGV, 6 do
    number = number + 1
    local text = string.format('%.0f', number)
    redis.call('XADD', KEYS[1], text .. '-0', 'r', ARGV[i], 'a', ARGV[i + 1], 't', ARGV[i + 2],
        'p', ARGV[i + 3], 's', ARGV[i + 4], 'e', ARGV[i + 5])
    numbers[#numbers + 1], numbers[#numbers + 2] = ARGV[i], text
    bytes = bytes + #ARGV[i + 5]
    if #numbers == 2 * batch or i + 6 > #ARGV then
        redis.call('HSET', KEYS[3], unpack(numbers))
        numbers = {}
    end
end
bytes = redis.call('HINCRBY', KEYS[2], 'bytes', bytes)
local surplus = redis.call('XLEN', KEYS[1]) - max_count
while surplus > 0 or bytes > max_bytes do
    local count = math.max(1, math.min(surplus, batch))
    local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', count)
    bytes = bytes - drop(KEYS[1], KEYS[2], KEYS[3], oldest)
    surplus = surplus - count
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
    local found = redis.call('XRANGE', KEYS[1], id, id)
    if #found > 0 then
        drop(KEYS[1], KEYS[2], KEYS[3], found)
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
