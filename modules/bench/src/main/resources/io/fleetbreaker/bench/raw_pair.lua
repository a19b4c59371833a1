-- What a commit writes, without any check: the least that a transition can cost.
-- KEYS: state, lock; and if a commit keeps them: index, history, probes.
-- ARGV: 1 state JSON, 2 ttl in ms, 3 channel, 4 event JSON, 5 '1' to put the name into the index or
--       '0' to take it out, 6 the name, 7 most entries of the history, 8... fields of an entry.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if KEYS[3] then
  redis.call(ARGV[5] == '1' and 'SADD' or 'SREM', KEYS[3], ARGV[6])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', unpack(ARGV, 8))
  redis.call('PUBLISH', ARGV[3], ARGV[4])
  redis.call('DEL', KEYS[2], KEYS[5])
else
  redis.call('PUBLISH', ARGV[3], ARGV[4])
  redis.call('DEL', KEYS[2])
end
return 1
