package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Lets one log line through per interval and counts those held back. Thread-safe: every field is
 * guarded by this object's monitor.
 */
final class LogLimiter {
  private final long intervalNanos;
  private boolean passed;
  private long passedAtNanos;
  private long heldBack;

  LogLimiter(Duration interval) {
    this.intervalNanos = interval.toNanos();
  }

  /**
   * Asks to log a line.
   *
   * @param nowNanos the monotonic clock
   * @return how many lines were held back since the last one, or empty if this one is held back too
   */
  synchronized OptionalLong tryPass(long nowNanos) {
    if (passed && nowNanos - passedAtNanos < intervalNanos) {
      heldBack++;
      return OptionalLong.empty();
    }
    passed = true;
    passedAtNanos = nowNanos;
    long before = heldBack;
    heldBack = 0;
    return OptionalLong.of(before);
  }
}
