-- Commits one transition of one provider and gives up the lock, whatever comes of it.
-- KEYS: state, lock.
-- ARGV: 1 lock token, 2 op, 3 expected epoch, 4 expected version, 5 expected op ('' for none),
--       6 our schema, 7 state JSON, 8 ttl in ms, 9 channel, 10 event JSON, 11 most bytes of a state,
--       12 SHA-1 of a value that cannot be read and may be written over, or ''.
-- Returns {outcome, current value or ''}; committed also with an error if publishing failed.

local function unlock()
  if redis.pcall('GET', KEYS[2]) == ARGV[1] then
    -- A lock that cannot be deleted expires; that must not hide what came of the commit.
    redis.pcall('DEL', KEYS[2])
    return true
  end
  return false
end

local raw = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[11])
if type(raw) == 'table' then
  -- A key of another type holds no revision, like a value that nobody can read.
  if not string.find(raw.err, 'WRONGTYPE', 1, true) then
    unlock()
    return raw
  end
  raw = ''
end

local ok, current = pcall(cjson.decode, raw)
if #raw > tonumber(ARGV[11]) or not ok or type(current) ~= 'table' then current = {} end

local newer_schema = type(current.schema) == 'number' and current.schema > tonumber(ARGV[6])
if not newer_schema and redis.sha1hex(raw) == ARGV[12] then current = {} end

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
if newer_schema then
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

redis.call('SET', KEYS[1], ARGV[7], 'PX', ARGV[8])
local published = redis.pcall('PUBLISH', ARGV[9], ARGV[10])
redis.pcall('DEL', KEYS[2])
if type(published) == 'table' then return {'committed', '', published.err} end
return {'committed', ''}
