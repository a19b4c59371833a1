package io.fleetbreaker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.RedisStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.resps.StreamEntry;

/**
 * What one commit of ours has been seen to write, so that the raw script can write the same.
 *
 * @param state the value of the state's key
 * @param event the message
 * @param index whether the name went into an index, and the probes' key was deleted
 * @param history fields and values of the history's entry, one after the other; empty if there is
 *     no history
 */
record Writes(byte[] state, byte[] event, boolean index, List<byte[]> history) {
  private static final String PROVIDER = "upstream";
  private static final String NEWEST = "+";
  private static final String OLDEST = "-";

  /** Makes commits in a fleet of its own, and looks at the last of them, which opens. */
  static Writes seen(BenchRedis redis) throws InterruptedException {
    RedisSettings settings = redis.settings("seen", List.of(PROVIDER)).redis();
    BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();
    try (FleetStore store = RedisStore.open(settings);
        RawSubscribers subscriber =
            RawSubscribers.start(
                redis, settings.channel(), 1, (number, event) -> events.add(event));
        Jedis jedis = redis.connect()) {
      StoreCommits commits = new StoreCommits(store, PROVIDER);
      int made = 1 + 2 * 8;
      commits.commit(made);
      byte[] event = new byte[0];
      for (int i = 0; i < made; i++) {
        event = events.poll(10, TimeUnit.SECONDS);
        if (event == null) {
          throw new IllegalStateException("a commit of ours was not published");
        }
      }
      byte[] state = jedis.get((settings.prefix() + ":state:" + PROVIDER).getBytes(UTF_8));
      return new Writes(
          state,
          event,
          jedis.exists(settings.prefix() + ":open"),
          historyOf(jedis, settings.prefix() + ":history"));
    }
  }

  private static List<byte[]> historyOf(Jedis jedis, String key) {
    return jedis.xrevrange(key, NEWEST, OLDEST, 1).stream()
        .map(StreamEntry::getFields)
        .map(Map::entrySet)
        .flatMap(fields -> fields.stream().flatMap(f -> Stream.of(f.getKey(), f.getValue())))
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }
}
