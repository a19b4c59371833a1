package io.fleetbreaker.breaker;

import io.fleetbreaker.CallCounts;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How calls have ended since the worker started. Each counter only grows, by calling threads; what
 * happens on every call is striped, the rest shares one array.
 */
final class Tally {
  private static final int FAILED = 0;
  private static final int IGNORED = 1;
  private static final int SLOW_SUCCESSFUL = 2;
  private static final int SLOW_FAILED = 3;
  private static final int LATE = 4;
  private static final int RARE = 5;

  private final LongAdder successful = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final AtomicLongArray rare = new AtomicLongArray(RARE);

  void success() {
    successful.increment();
  }

  /** The success just counted belongs to an era that is over. */
  void wasLate() {
    rare.getAndIncrement(LATE);
  }

  void slowSuccess() {
    rare.getAndIncrement(SLOW_SUCCESSFUL);
  }

  void failure(boolean slow) {
    rare.getAndIncrement(FAILED);
    if (slow) {
      rare.getAndIncrement(SLOW_FAILED);
    }
  }

  void ignored() {
    rare.getAndIncrement(IGNORED);
  }

  void rejection() {
    rejected.increment();
  }

  /** Successes of calls that began in the era in which they ended. */
  long successesOnTime() {
    return successful.sum() - rare.get(LATE);
  }

  CallCounts counts() {
    return new CallCounts(
        successful.sum(),
        rare.get(FAILED),
        rare.get(IGNORED),
        rare.get(SLOW_SUCCESSFUL),
        rare.get(SLOW_FAILED),
        rejected.sum());
  }
}
