-- Gives a place in a round of probes back, and counts its success.
-- KEYS: state, probe.
-- ARGV: 1 most bytes of a state, 2 round as epoch.version.op, 3 lease token, 4 '1' for a success,
--       5 successes that are enough.
-- Returns 'settled', 'close-due' or 'late'.
local raw, state = read_state(KEYS[1], ARGV[1])
if not raw then return state end
if revision_of(state) ~= ARGV[2] or own_state(state) ~= 'half_open' then return 'late' end

local now = server_ms()
local found = read_round(KEYS[2], ARGV[2], now)
if not found.leases[ARGV[3]] then return 'late' end

redis.call('HDEL', KEYS[2], 'lease:' .. ARGV[3])
if ARGV[4] ~= '1' then return 'settled' end

local successes = found.successes + 1
redis.call('HSET', KEYS[2], 'successes', number(successes))
if successes >= tonumber(ARGV[5]) and claim_close(KEYS[2], found, now) == 0 then
  return 'close-due'
end
return 'settled'
