package io.fleetbreaker.redis;

import java.util.List;

/** The answer of {@code TIME}: the only clock that workers compare. */
final class ServerTime {
  private ServerTime() {}

  /** Milliseconds since 1970 from seconds and microseconds. */
  static long millis(List<String> time) {
    if (time.size() != 2) {
      throw new StoreException("TIME answered " + time.size() + " values, not 2");
    }
    try {
      return Math.addExact(
          Math.multiplyExact(Long.parseLong(time.get(0)), 1000L),
          Long.parseLong(time.get(1)) / 1000L);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new StoreException("TIME answered something that is not a time", e);
    }
  }
}
