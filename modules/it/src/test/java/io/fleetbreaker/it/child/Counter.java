package io.fleetbreaker.it.child;

import io.fleetbreaker.redis.FleetStore;
import java.time.Duration;
import redis.clients.jedis.RedisClient;

/**
 * Adds to a number in Redis by reading it and writing it back, which only a lock makes right.
 * Arguments: the key, how often, the lock's name.
 */
public final class Counter {
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final Duration EXPIRY = Duration.ofSeconds(60);

  private Counter() {}

  public static void main(String[] args) throws InterruptedException {
    Parent parent = Parent.listen();
    String key = args[0];
    int times = Integer.parseInt(args[1]);
    try (FleetStore store = Parent.store();
        RedisClient redis = Parent.redisClient()) {
      parent.say("ready " + redis.exists(key));
      parent.nextCommand();
      for (int i = 0; i < times; i++) {
        incrementUnder(args[2], store, redis, key);
      }
      parent.say("counted");
      parent.nextCommand();
    }
  }

  private static void incrementUnder(
      String lockName, FleetStore store, RedisClient redis, String key) {
    FleetStore.LockResult result = store.acquireLock(lockName, WAIT, EXPIRY);
    if (!(result instanceof FleetStore.LockResult.Acquired acquired)) {
      throw new IllegalStateException("no lock: " + result);
    }
    increment(redis, key);
    if (!store.releaseLock(acquired.lock())) {
      throw new IllegalStateException("the lock was lost");
    }
  }

  private static void increment(RedisClient redis, String key) {
    redis.set(key, String.valueOf(Long.parseLong(redis.get(key)) + 1));
  }
}
