package io.fleetbreaker.fleet;

import java.time.Duration;

/** Runs short tasks that block nothing, later. */
@FunctionalInterface
interface Timer {
  /** Runs {@code task} after this time, if the worker is still there. Does not throw. */
  void after(Duration time, Runnable task);
}
