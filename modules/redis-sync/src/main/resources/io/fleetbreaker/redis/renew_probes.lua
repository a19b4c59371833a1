-- Extends leases of a round of probes.
-- KEYS: state, probe.
-- ARGV: 1 most bytes of a state, 2 round as epoch.version.op, 3 length of a lease in ms,
--       4 ttl of the probes in ms, 5 and on: lease tokens.
-- Returns {1 if somebody has asked in vain since the last renewal, tokens of the leases that live}.
local raw, state = read_state(KEYS[1], ARGV[1])
if not raw then return state end
if revision_of(state) ~= ARGV[2] or own_state(state) ~= 'half_open' then return {0} end

local now = server_ms()
local found = read_round(KEYS[2], ARGV[2], now)
local answer = {found.wanted and 1 or 0}
if found.wanted then redis.call('HDEL', KEYS[2], 'wanted') end
for i = 5, #ARGV do
  if found.leases[ARGV[i]] then
    write_lease(KEYS[2], ARGV[2], ARGV[i], now, ARGV[3], ARGV[4])
    answer[#answer + 1] = ARGV[i]
  end
end
return answer
