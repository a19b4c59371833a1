-- Gives a place in a provider's round of probes, and begins the round if its OPEN is over.
-- KEYS: state, probe, open, history.
-- ARGV: 1 most bytes of a state, 2 our schema, 3 base as epoch.version.op, 4 the same of the
--       HALF_OPEN that begins a round, 5 its op, 6 its JSON, 7 its ttl in ms, 8 channel,
--       9 event JSON, 10 provider, 11 lease token, 12 most leases, 13 successes that are enough,
--       14 length of a lease in ms, 15 ttl of the probes in ms.
-- Returns {outcome, current value or '' for the HALF_OPEN just written, server ms, wait in ms,
--          what could not be told}.
local raw, state = read_state(KEYS[1], ARGV[1])
if not raw then return state end

local now = server_ms()
local round = revision_of(state)
local ours = round and not is_beyond_us(state, ARGV[2])
local problem = ''
if ours and round == ARGV[3] and own_state(state) == 'open' then
  -- No lock: this script is one step, and the base is checked. That the open time is over is not:
  -- the worker's monotonic clock has said so, and a server's clock that stepped must not hold
  -- recovery up.
  redis.call('SET', KEYS[1], ARGV[6], 'PX', ARGV[7])
  problem = tell({ open = KEYS[3], probe = KEYS[2], history = KEYS[4] }, {
    provider = ARGV[10], from = told_state(state), state = 'half_open', op = ARGV[5],
    channel = ARGV[8], event = ARGV[9] })
  raw = ''
  round = ARGV[4]
elseif not ours or own_state(state) ~= 'half_open' then
  return {'conflict', raw, now, 0, ''}
end

local found = read_round(KEYS[2], round, now)
if found.successes >= tonumber(ARGV[13]) then
  local wait = claim_close(KEYS[2], found, now)
  return {wait == 0 and 'close-due' or 'busy', raw, now, wait, problem}
end

-- Who asks again with the same token has not heard the answer: that is one place, not two.
if found.leases[ARGV[11]] or found.taken < tonumber(ARGV[12]) then
  write_lease(KEYS[2], round, ARGV[11], now, ARGV[14], ARGV[15])
  return {'granted', raw, now, 0, problem}
end

redis.call('HSET', KEYS[2], 'wanted', 1)
-- A probe that is settled frees its place before its lease ends: nobody waits for longer than this.
local wait = 100
for _, ends in pairs(found.leases) do wait = math.min(wait, ends - now) end
return {'busy', raw, now, math.max(wait, 20), problem}
