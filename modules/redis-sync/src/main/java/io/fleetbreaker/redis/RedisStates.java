package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/** The providers' states as they stand in Redis, read and written one by one. Thread-safe. */
final class RedisStates {
  private static final Logger log = LoggerFactory.getLogger(RedisStates.class);

  /**
   * States in one pipeline: bounds what Redis must hold back for a client that is still sending.
   */
  private static final int PIPELINED = 1000;

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final LogLimiter unreadable = new LogLimiter(Duration.ofSeconds(30));

  RedisStates(RedisConnections connections, RedisKeys keys) {
    this.connections = connections;
    this.keys = keys;
  }

  /** {@link FleetStore#getState}. */
  Optional<StoredState> get(String provider) {
    byte[] key = keys.state(provider).getBytes(UTF_8);
    byte[] raw =
        connections.require(
            "read the state of " + provider,
            connection -> {
              Pipeline pipeline = new Pipeline(connection);
              Response<byte[]> value = fetch(pipeline, key);
              pipeline.sync();
              return value.get();
            });
    if (raw.length == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(WireCodec.decodeState(raw));
    } catch (WireException e) {
      throw new StoreException(
          connections.at() + "the state of " + provider + " is unreadable: " + e.reason());
    }
  }

  /** {@link FleetStore#setState}. */
  boolean set(String provider, StoredState state, Duration ttl) {
    if (ttl.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("ttl must be at least 1 ms, was " + ttl);
    }
    byte[] inTheWay = trySet(provider, state, ttl, "");
    if (inTheWay.length == 0) {
      return true;
    }
    try {
      WireCodec.decodeState(inTheWay);
      return false;
    } catch (WireException e) {
      // What only Java cannot read holds no revision either.
      return trySet(provider, state, ttl, Scripts.sha1Hex(inTheWay)).length == 0;
    }
  }

  /** {@link FleetStore#read}. */
  FleetStore.StoreSnapshot read(Collection<String> providers) {
    Map<String, byte[]> keyOf = new LinkedHashMap<>();
    for (String provider : providers) {
      keyOf.put(provider, keys.state(provider).getBytes(UTF_8));
    }
    return connections.require("read states", connection -> read(connection, keyOf));
  }

  /** Gives what stands in the way; empty if the state was written. */
  private byte[] trySet(String provider, StoredState state, Duration ttl, String unreadableSha1) {
    List<byte[]> scriptKeys =
        List.of(keys.state(provider).getBytes(UTF_8), keys.open().getBytes(UTF_8));
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(number(state.revision().map(r -> r.id().epoch())));
    arguments.add(number(state.revision().map(r -> r.id().version())));
    arguments.add(state.revision().map(r -> r.id().op()).orElse("").getBytes(UTF_8));
    arguments.add(number(Optional.of((long) StoredState.SCHEMA)));
    arguments.add(WireCodec.encodeState(state));
    arguments.add(number(Optional.of(ttl.toMillis())));
    arguments.add(number(Optional.of((long) WireJson.LONGEST_BYTES)));
    arguments.add(unreadableSha1.getBytes(UTF_8));
    arguments.add(provider.getBytes(UTF_8));
    arguments.add(StoredState.indexed(state.revision(), state.state()).getBytes(UTF_8));
    Object answer =
        connections.require(
            "write the state of " + provider,
            connection -> Scripts.SET_STATE.run(connection, scriptKeys, arguments));
    if (answer instanceof byte[] raw) {
      return raw;
    }
    throw new StoreException(connections.at() + "set_state.lua answered nonsense");
  }

  private FleetStore.StoreSnapshot read(Connection connection, Map<String, byte[]> keyOf) {
    Map<String, StoredState> states = new HashMap<>();
    Iterator<Map.Entry<String, byte[]>> left = keyOf.entrySet().iterator();
    long serverMillis;
    do {
      Pipeline pipeline = new Pipeline(connection);
      Response<List<String>> time = pipeline.time();
      Map<String, Response<byte[]>> values = new HashMap<>();
      while (left.hasNext() && values.size() < PIPELINED) {
        Map.Entry<String, byte[]> next = left.next();
        values.put(next.getKey(), fetch(pipeline, next.getValue()));
      }
      pipeline.sync();
      serverMillis = ServerTime.millis(time.get());
      values.forEach((provider, value) -> decode(provider, value, states));
    } while (left.hasNext());
    return new FleetStore.StoreSnapshot(states, serverMillis);
  }

  private void decode(String provider, Response<byte[]> value, Map<String, StoredState> into) {
    try {
      byte[] raw = value.get();
      if (raw.length > 0) {
        into.put(provider, WireCodec.decodeState(raw));
      }
    } catch (WireException e) {
      warnUnreadable(provider, e.reason());
    } catch (JedisDataException e) {
      if (!RedisConnections.reason(e).startsWith("WRONGTYPE")) {
        throw e;
      }
      warnUnreadable(provider, "the key holds no string");
    }
  }

  private void warnUnreadable(String provider, String problem) {
    OptionalLong before = unreadable.tryPass(System.nanoTime());
    if (before.isPresent()) {
      log.warn(
          "{}: the stored state is unreadable and counts as none: {} ({} more like this before)",
          provider,
          problem,
          before.getAsLong());
    }
  }

  /** A value, cut just beyond the longest that is looked at; empty if there is none. */
  static Response<byte[]> fetch(Pipeline pipeline, byte[] key) {
    return pipeline.getrange(key, 0, WireJson.LONGEST_BYTES);
  }

  private static byte[] number(Optional<Long> value) {
    return value.map(String::valueOf).orElse("").getBytes(UTF_8);
  }
}
