package io.fleetbreaker.cli.supervise;

import java.time.Duration;

/**
 * How long a supervisor waits before it starts a worker again: briefly for one that had been
 * running, longer and longer for one that dies again and again. Not safe for several threads.
 */
final class Backoff {
  static final Duration SHORTEST = Duration.ofMillis(100);
  static final Duration LONGEST = Duration.ofSeconds(10);

  /** A worker that lived this long did not die of its start. */
  static final Duration SETTLED = Duration.ofSeconds(20);

  private int earlyDeaths;

  /** The wait after a worker that has lived this long. */
  Duration after(Duration lived) {
    if (lived.compareTo(SETTLED) >= 0) {
      earlyDeaths = 0;
    }
    Duration wait = SHORTEST.multipliedBy(1L << Math.min(earlyDeaths, 10));
    earlyDeaths++;
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }
}
