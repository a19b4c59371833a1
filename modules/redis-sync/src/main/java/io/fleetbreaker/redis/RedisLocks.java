package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * Locks as {@code SET NX PX} with a token that only its owner knows, released by comparing the
 * token. Thread-safe.
 *
 * <p>The lock of one Redis primary, after the pattern in the documentation of Redis's {@code SET}:
 * it can be lost by expiry or failover, so whatever it guards must check the token when it writes.
 */
final class RedisLocks {
  private static final int TOKEN_BYTES = 16;

  private static final Duration FIRST_RETRY = Duration.ofMillis(4);
  private static final Duration SLOWEST_RETRY = Duration.ofMillis(64);

  private final RedisConnections connections;
  private final RedisKeys keys;

  /**
   * Begins each token of this object and of no other. Drawn once: a random number each time was a
   * visible part of a lock. Whoever reads one token in Redis can guess the next, but who can read
   * the lock there can delete it as well.
   */
  private final String secret = randomHex();

  /** Makes each token another one. */
  private final AtomicLong minted = new AtomicLong();

  RedisLocks(RedisConnections connections, RedisKeys keys) {
    this.connections = connections;
    this.keys = keys;
  }

  /** A lock with a token of its own, not yet taken. */
  FleetStore.Lock mint(String name) {
    return new FleetStore.Lock(
        RedisKeys.requireLockName(name), secret + '.' + minted.incrementAndGet());
  }

  private static String randomHex() {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /** Whether the lock was free and is now taken, and the server's clock. One round trip. */
  Attempt tryTake(Connection connection, FleetStore.Lock lock, Duration expiry) {
    Pipeline pipeline = new Pipeline(connection);
    Response<String> set = set(pipeline, lock, expiry);
    Response<List<String>> time = pipeline.time();
    pipeline.sync();
    return new Attempt(set.get() != null, ServerTime.millis(time.get()));
  }

  /** The same for whoever needs no clock. */
  private boolean take(Connection connection, FleetStore.Lock lock, Duration expiry) {
    Pipeline pipeline = new Pipeline(connection);
    Response<String> set = set(pipeline, lock, expiry);
    pipeline.sync();
    return set.get() != null;
  }

  private Response<String> set(Pipeline pipeline, FleetStore.Lock lock, Duration expiry) {
    return pipeline.set(
        keys.lock(lock.name()), lock.token(), SetParams.setParams().nx().px(expiry.toMillis()));
  }

  /** {@link FleetStore#acquireLock}. */
  FleetStore.LockResult acquire(String name, Duration waitLimit, Duration expiry) {
    if (expiry.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("lock expiry must be at least 1 ms, was " + expiry);
    }
    FleetStore.Lock lock = mint(name);
    try {
      boolean taken = retry(waitLimit, () -> connections.with(c -> take(c, lock, expiry)));
      return taken ? new FleetStore.LockResult.Acquired(lock) : new FleetStore.LockResult.Held();
    } catch (JedisException e) {
      return new FleetStore.LockResult.Unknown(connections.describe(e));
    }
  }

  /** {@link FleetStore#releaseLock}. */
  boolean release(FleetStore.Lock lock) {
    List<byte[]> key = List.of(keys.lock(lock.name()).getBytes(UTF_8));
    List<byte[]> token = List.of(lock.token().getBytes(UTF_8));
    return connections.require(
        "release lock " + lock.name(),
        connection -> Long.valueOf(1).equals(Scripts.UNLOCK.run(connection, key, token)));
  }

  /**
   * Tries until {@code take} succeeds or the limit has passed, with jittered waits between: those
   * who wait for one lock must not meet again and again.
   */
  static boolean retry(Duration waitLimit, Supplier<Boolean> take) {
    long startNanos = System.nanoTime();
    Backoff backoff = new Backoff(FIRST_RETRY, SLOWEST_RETRY);
    for (int failures = 0; ; failures++) {
      if (take.get()) {
        return true;
      }
      long leftNanos = waitLimit.toNanos() - (System.nanoTime() - startNanos);
      if (leftNanos <= 0) {
        return false;
      }
      long waitNanos = Math.min(leftNanos, 1 + backoff.wait(failures).toNanos());
      try {
        TimeUnit.NANOSECONDS.sleep(waitNanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** What one try to take a lock gave. */
  record Attempt(boolean taken, long serverMillis) {}
}
