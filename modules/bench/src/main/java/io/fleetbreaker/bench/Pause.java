package io.fleetbreaker.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits without taking time from what is measured. */
final class Pause {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(1);

  private Pause() {}

  /** Waits as long as that. */
  static void of(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Waits until {@code condition} holds, looking once in a millisecond: a thread that looks all the
   * time would take half of a machine with two cores.
   *
   * @param what is awaited, for the message
   * @throws IllegalStateException if it does not come
   */
  static void until(String what, BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > LIMIT.toNanos()) {
        throw new IllegalStateException("waited " + LIMIT.toSeconds() + " s in vain: " + what);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
