-- Commits one transition of one provider and gives up the lock, whatever comes of it.
-- KEYS: state, lock, open, probe, history.
-- ARGV: 1 lock token, 2 op, 3 expected epoch, 4 expected version, 5 expected op ('' for none),
--       6 our schema, 7 state JSON, 8 ttl in ms or 0 for none, 9 channel, 10 event JSON, 11 most bytes of a state,
--       12 SHA-1 of a value that cannot be read and may be written over, or '', 13 provider,
--       14 the breaker's own state committed, or 'overridden'.
-- Returns {outcome, current value or ''}; committed also with what could not be told.

local function unlock()
  if redis.pcall('GET', KEYS[2]) == ARGV[1] then
    -- A lock that cannot be deleted expires; that must not hide what came of the commit.
    redis.pcall('DEL', KEYS[2])
    return true
  end
  return false
end

local raw, current = read_state(KEYS[1], ARGV[11])
if not raw then
  unlock()
  return current
end

local beyond_us = is_beyond_us(current, ARGV[6])
if ARGV[12] ~= '' and not beyond_us and redis.sha1hex(raw) == ARGV[12] then current = {} end

if type(current.ops) == 'table' then
  for _, op in ipairs(current.ops) do
    if op == ARGV[2] then
      unlock()
      return {'already', raw}
    end
  end
end

if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return {'lock-lost', ''} end

local as_expected
if beyond_us then
  as_expected = false
elseif type(current.version) ~= 'number' or type(current.epoch) ~= 'number' then
  as_expected = ARGV[5] == ''
else
  as_expected = current.epoch == tonumber(ARGV[3])
    and current.version == tonumber(ARGV[4])
    and current.op == ARGV[5]
end
if not as_expected then
  unlock()
  return {'conflict', raw}
end

-- The only write that may raise: once it is done, the commit stands.
if ARGV[8] == '0' then
  redis.call('SET', KEYS[1], ARGV[7])
else
  redis.call('SET', KEYS[1], ARGV[7], 'PX', ARGV[8])
end
local problem = tell({ open = KEYS[3], probe = KEYS[4], history = KEYS[5] }, {
  provider = ARGV[13], from = told_state(current), state = ARGV[14], op = ARGV[2],
  channel = ARGV[9], event = ARGV[10] })
redis.pcall('DEL', KEYS[2])
return {'committed', '', problem}
