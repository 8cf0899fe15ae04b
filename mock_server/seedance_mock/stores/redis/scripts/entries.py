"""The scripts of the owners that may have entries of a kind."""

from __future__ import annotations

from seedance_mock.stores.redis.scripts.script import LuaScript

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
