-- Tells that a worker is there or has left, and forgets who has been silent for long.
-- KEYS: heartbeat, workers.
-- ARGV: 1 instance, 2 heartbeat JSON, '' for leaving, 3 how long that lasts in ms, 4 after so many ms
--       of silence a worker is forgotten.
-- Returns 'told'.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function number(value)
  return string.format('%.0f', value)
end

local seen
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  -- So long ago that it is forgotten below.
  seen = 0
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  seen = now
end

local added = redis.pcall('ZADD', KEYS[2], number(seen), ARGV[1])
if type(added) == 'table' and added.err then
  if not string.find(added.err, 'WRONGTYPE', 1, true) then return added end
  redis.call('DEL', KEYS[2])
  redis.call('ZADD', KEYS[2], number(seen), ARGV[1])
end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', number(now - ARGV[4]))
-- Seen in the future: the server's clock has stepped back, and who still lives tells so again.
redis.call('ZREMRANGEBYSCORE', KEYS[2], number(now + ARGV[4]), '+inf')
return 'told'
