-- What follows a state that was just written. Part of the scripts that commit one.

-- Brings index, probes and history up to date and publishes the event. The state stands already, so
-- nothing here may raise: what went wrong is returned, '' if nothing did.
-- keys: open, probe, history. commit: provider, from, state, op, channel, event. state is the
-- breaker's own, or 'overridden', which stands in the index as well.
local function tell(keys, commit)
  local problems = {}
  local function try(what, ...)
    local answer = redis.pcall(...)
    local failed = type(answer) == 'table' and answer.err
    if failed then problems[#problems + 1] = what .. ': ' .. answer.err end
    return not failed
  end

  try('index', commit.state == 'closed' and 'SREM' or 'SADD', keys.open, commit.provider)
  if commit.state ~= 'half_open' then try('probes', 'DEL', keys.probe) end
  if not try('history', 'XADD', keys.history, 'MAXLEN', '~', 10000, '*',
    'provider', commit.provider, 'from', commit.from, 'op', commit.op, 'event', commit.event) then
    -- A history that does not tell of this commit must not pass for a complete one; without any,
    -- everybody reads the states.
    redis.pcall('DEL', keys.history)
  end
  try('event', 'PUBLISH', commit.channel, commit.event)
  return table.concat(problems, '; ')
end

-- The effective state before a commit, as the history tells it.
local function told_state(state)
  local override = state.override
  if type(override) == 'table' and type(override.until_ms) == 'number' and override.until_ms > 0 then
    local time = redis.pcall('TIME')
    if time[1] and time[1] * 1000 + math.floor(time[2] / 1000) >= override.until_ms then state = { state = own_state(state) } end
  end
  if state.state == 'open' or state.state == 'half_open' then return state.state end
  return 'closed'
end
