package io.fleetbreaker.redis;

import java.util.concurrent.TimeUnit;

/**
 * What the store's clock shows by now, from the last time that it was seen and the time that has
 * passed here. For what people read; nothing is decided by it. Not thread-safe.
 */
final class ServerClock {
  private boolean isSeen;
  private long seenMillis;
  private long seenNanos;

  void seen(long serverMillis, long nowNanos) {
    isSeen = true;
    seenMillis = serverMillis;
    seenNanos = nowNanos;
  }

  /** Whether it was ever seen; before that {@link #millis} means nothing. */
  boolean isSeen() {
    return isSeen;
  }

  long millis(long nowNanos) {
    return seenMillis + TimeUnit.NANOSECONDS.toMillis(nowNanos - seenNanos);
  }
}
