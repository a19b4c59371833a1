-- Marks a store that has no mark, and tells its workers.
-- KEYS: fleet. ARGV: 1 what nobody else writes, 2 channel, 3 greeting.
-- Returns 1 if there was none. An empty string or a key of another type is none.
local held = redis.pcall('GETRANGE', KEYS[1], 0, 0)
if type(held) == 'table' then
  if not string.find(held.err, 'WRONGTYPE', 1, true) then return held end
  held = ''
end
if held ~= '' then return 0 end
-- With its age: who joins a store that was lost a moment ago waits for what others write again.
local time = redis.call('TIME')
local ms = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[1], ms .. '-' .. ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
