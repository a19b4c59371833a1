package io.fleetbreaker.breaker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Consecutive failures on one worker, from one CLOSED era until the next. Written by calling
 * threads only; each update is atomic, and nothing else is ordered by it.
 */
final class FailureCount {
  private final AtomicInteger consecutive = new AtomicInteger();

  /** Adds one and returns the new count. */
  int increment() {
    return consecutive.incrementAndGet();
  }

  /**
   * A success ends the run. Reads first, so that a healthy provider's calls share no written line.
   */
  void reset() {
    if (consecutive.get() != 0) {
      consecutive.set(0);
    }
  }

  int current() {
    return consecutive.get();
  }
}
