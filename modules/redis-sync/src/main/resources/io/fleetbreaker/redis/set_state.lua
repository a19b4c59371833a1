-- Writes a state unless the store would go back.
-- KEYS: state, open.
-- ARGV: 1 new epoch, 2 new version (both '' for a legacy state), 3 op, 4 our schema, 5 JSON,
--       6 ttl in ms, 7 most bytes of a state,
--       8 SHA-1 of a value that cannot be read and may be written over, or '', 9 provider,
--       10 the breaker's own state, or 'overridden'.
-- Returns '' if it was written, else the value that stands in the way.
local raw, current = read_state(KEYS[1], ARGV[7])
if not raw then return current end

if is_beyond_us(current, ARGV[4]) then return raw end
if redis.sha1hex(raw) == ARGV[8] then current = {} end

if type(current.epoch) == 'number' and type(current.version) == 'number' then
  local epoch, version = tonumber(ARGV[1]), tonumber(ARGV[2])
  if not epoch then return raw end
  if epoch < current.epoch then return raw end
  if epoch == current.epoch and version < current.version then return raw end
  if epoch == current.epoch and version == current.version and ARGV[3] ~= current.op then
    return raw
  end
end

redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6])
-- The state stands, whatever is wrong with the index.
redis.pcall(ARGV[10] == 'closed' and 'SREM' or 'SADD', KEYS[2], ARGV[9])
return ''
