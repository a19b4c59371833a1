-- Writes a state unless the store would go back.
-- KEYS: state.
-- ARGV: 1 new epoch, 2 new version (both '' for a legacy state), 3 op, 4 our schema, 5 JSON,
--       6 ttl in ms, 7 most bytes of a state,
--       8 SHA-1 of a value that cannot be read and may be written over, or ''.
-- Returns '' if it was written, else the value that stands in the way.
local raw = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[7])
if type(raw) == 'table' then
  -- A key of another type holds no revision, like a value that nobody can read.
  if not string.find(raw.err, 'WRONGTYPE', 1, true) then return raw end
  raw = ''
end

local ok, current = pcall(cjson.decode, raw)
if #raw > tonumber(ARGV[7]) or not ok or type(current) ~= 'table' then current = {} end

if type(current.schema) == 'number' and current.schema > tonumber(ARGV[4]) then return raw end
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
return ''
