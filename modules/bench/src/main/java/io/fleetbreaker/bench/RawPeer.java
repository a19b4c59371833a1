package io.fleetbreaker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/**
 * The raw operations, on one plain Jedis connection: what any library would have to do that keeps
 * its state in Redis and writes it under a lock. Not thread-safe.
 */
final class RawPeer implements AutoCloseable {
  private static final long LOCK_MILLIS = 2_000;
  private static final String TTL_MILLIS = "3600000";
  private static final String MOST_ENTRIES = "10000";

  private final Jedis jedis;
  private final byte[] lock;
  private final List<byte[]> keys;
  private final List<byte[]> arguments;
  private final byte[] pairHash;
  private final byte[] unlockHash;
  private long count;

  /** Writes what {@code writes} says, under keys that begin with {@code prefix}. */
  RawPeer(BenchRedis redis, String prefix, Writes writes) {
    String before = BenchRedis.PREFIX + ":" + prefix;
    jedis = redis.connect();
    lock = bytes(before + ":lock:state:upstream");
    keys = new ArrayList<>(List.of(bytes(before + ":state:upstream"), lock));
    arguments =
        new ArrayList<>(
            List.of(writes.state(), bytes(TTL_MILLIS), bytes(channel(prefix)), writes.event()));
    if (writes.index()) {
      keys.add(bytes(before + ":open"));
      keys.add(bytes(before + ":history"));
      keys.add(bytes(before + ":probe:upstream"));
      arguments.addAll(List.of(bytes("1"), bytes("upstream"), bytes(MOST_ENTRIES)));
      arguments.addAll(writes.history());
    }
    pairHash = jedis.scriptLoad(script("raw_pair.lua"));
    unlockHash = jedis.scriptLoad(script("raw_unlock.lua"));
  }

  /** The channel that a peer of this prefix publishes on. */
  static String channel(String prefix) {
    return BenchRedis.PREFIX + ":" + prefix + ":events";
  }

  /** {@code SET NX PX}, then a script that writes, publishes and unlocks. */
  void pair() {
    take();
    if (arguments.size() > 4) {
      arguments.set(4, bytes(count % 2 == 0 ? "0" : "1"));
    }
    jedis.evalsha(pairHash, keys, arguments);
  }

  /** {@code SET NX PX}, then a script that compares and deletes. */
  void lockAndUnlock() {
    byte[] token = take();
    jedis.evalsha(unlockHash, List.of(lock), List.of(token));
  }

  private byte[] take() {
    byte[] token = bytes("0123456789abcdef" + count++);
    if (jedis.set(lock, token, SetParams.setParams().nx().px(LOCK_MILLIS)) == null) {
      throw new IllegalStateException("the lock of the raw pair is taken");
    }
    return token;
  }

  @Override
  public void close() {
    jedis.close();
  }

  private static byte[] script(String resource) {
    try (InputStream in = RawPeer.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
