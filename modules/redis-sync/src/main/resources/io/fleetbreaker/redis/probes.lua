-- One round of probes: a hash with the fields round (the HALF_OPEN revision, epoch.version.op),
-- successes, due_ms, wanted, and for each place taken lease:<token> = '<end> <length>', both in ms,
-- the end by the server's clock. Part of the scripts that ask, settle and renew.

local CLOSE_AGAIN_MS = 200

local function number(value)
  return string.format('%.0f', value)
end

local function server_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Reads the round, and drops what has expired. A hash of another round, or a key of another type,
-- is deleted.
local function read_round(key, round, now)
  local found = { leases = {}, taken = 0, successes = 0 }
  local fields = redis.pcall('HGETALL', key)
  local held = {}
  for i = 1, #fields, 2 do held[fields[i]] = fields[i + 1] end
  if held.round ~= round then
    redis.call('DEL', key)
    return found
  end

  found.successes = tonumber(held.successes) or 0
  found.due = tonumber(held.due_ms)
  found.wanted = held.wanted ~= nil
  for field, value in pairs(held) do
    local token = string.match(field, '^lease:(.*)$')
    if token then
      local ends, length = string.match(value, '^(%d+) (%d+)$')
      ends, length = tonumber(ends), tonumber(length)
      if not ends or ends <= now then
        redis.call('HDEL', key, field)
      else
        if ends > now + length then
          -- The server's clock has stepped back: a place must not stay taken for so long.
          ends = now + length
          redis.call('HSET', key, field, number(ends) .. ' ' .. number(length))
        end
        found.leases[token] = ends
        found.taken = found.taken + 1
      end
    end
  end
  return found
end

local function write_lease(key, round, token, now, length, ttl)
  redis.call('HSET', key, 'round', round,
    'lease:' .. token, number(now + length) .. ' ' .. length)
  redis.call('PEXPIRE', key, ttl)
end

-- Tells one caller at a time that a close is due. Returns 0 if this is the one, else for how many
-- ms another may be about to close.
local function claim_close(key, found, now)
  local since = found.due and now - found.due
  -- A due time in the future was written before the clock stepped back.
  if since and since >= 0 and since < CLOSE_AGAIN_MS then return CLOSE_AGAIN_MS - since end
  redis.call('HSET', key, 'due_ms', number(now))
  return 0
end
