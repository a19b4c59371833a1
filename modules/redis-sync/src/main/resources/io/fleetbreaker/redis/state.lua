-- What stands under a state's key. Part of the scripts that read one.

-- Reads the value, cut just beyond `most` bytes.
-- Returns it and what it says, {} if nobody can read that; or nil and an error reply.
local function read_state(key, most)
  local raw = redis.pcall('GETRANGE', key, 0, most)
  if type(raw) == 'table' then
    -- A key of another type holds no revision, like a value that nobody can read.
    if not string.find(raw.err, 'WRONGTYPE', 1, true) then return nil, raw end
    raw = ''
  end
  local ok, state = pcall(cjson.decode, raw)
  if #raw > tonumber(most) or not ok or type(state) ~= 'table' then state = {} end
  return raw, state
end

local MODES = { forced_open = true, disabled = true, metrics_only = true }

local function is_overridden(state)
  return state.override ~= nil and state.override ~= cjson.null
end

-- Whether a later version has the say: it has written a later format, or an override of a later
-- kind.
local function is_beyond_us(state, ours)
  local override = state.override
  return (type(state.schema) == 'number' and state.schema > tonumber(ours))
    or (is_overridden(state) and not (type(override) == 'table' and MODES[override.mode]))
end

-- The breaker's own state, whatever an override makes of it.
local function own_state(state)
  if is_overridden(state) then return state.automatic_state end
  return state.state
end

-- The revision a state holds, as epoch.version.op; nil if it holds none.
local function revision_of(state)
  if type(state.epoch) ~= 'number' or type(state.version) ~= 'number'
    or type(state.op) ~= 'string' then
    return nil
  end
  return string.format('%.0f.%.0f.', state.epoch, state.version) .. state.op
end
