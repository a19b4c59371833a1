package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits with full jitter: each is drawn from zero to a bound that doubles from the least to the
 * greatest, so that workers that failed together do not come back together. Immutable.
 *
 * <p>After "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
record Backoff(Duration least, Duration greatest) {

  /** The bound of the wait after so many failures in a row, from 0. */
  Duration bound(int failures) {
    long bound = least.toNanos();
    for (int i = 0; i < failures && bound < greatest.toNanos(); i++) {
      bound *= 2;
    }
    return Duration.ofNanos(Math.min(bound, greatest.toNanos()));
  }

  /** A wait after so many failures in a row. */
  Duration wait(int failures) {
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(bound(failures).toNanos() + 1));
  }
}
