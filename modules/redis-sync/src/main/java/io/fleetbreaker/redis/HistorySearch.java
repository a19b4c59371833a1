package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fleetbreaker.redis.FleetStore.HistoryItem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Looks for one operation in the history, from its end: whoever asks has lost the answer a moment
 * ago. Thread-safe.
 */
final class HistorySearch {
  private static final int AT_ONCE = 500;

  /** With {@link #AT_ONCE}, more than the history keeps. */
  private static final int MOST_READS = 24;

  private final RedisConnections connections;
  private final RedisKeys keys;

  HistorySearch(RedisConnections connections, RedisKeys keys) {
    this.connections = connections;
    this.keys = keys;
  }

  /** {@link FleetStore#findInHistory}. */
  Optional<HistoryItem> find(String provider, String op) {
    String until = "+";
    for (int i = 0; i < MOST_READS; i++) {
      String end = until;
      List<?> entries = connections.require("search the history", c -> read(c, end));
      for (Object raw : entries) {
        List<?> entry = (List<?>) raw;
        String id = RedisHistory.text(entry.get(0));
        until = "(" + id;
        Map<String, String> fields = RedisHistory.fields(entry.get(1));
        if (op.equals(fields.get("op")) && provider.equals(fields.get("provider"))) {
          return HistoryId.of(id).map(at -> new HistoryItem(at, HistoryRecord.of(fields)));
        }
      }
      if (entries.size() < AT_ONCE) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private List<?> read(Connection connection, String until) {
    Pipeline pipeline = new Pipeline(connection);
    Response<Object> range =
        pipeline.sendCommand(
            Command.XREVRANGE,
            bytes(keys.history()),
            bytes(until),
            bytes("-"),
            bytes("COUNT"),
            bytes(Integer.toString(AT_ONCE)));
    pipeline.sync();
    try {
      return (List<?>) range.get();
    } catch (JedisDataException e) {
      if (!RedisConnections.reason(e).startsWith("WRONGTYPE")) {
        throw e;
      }
      return List.of();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
