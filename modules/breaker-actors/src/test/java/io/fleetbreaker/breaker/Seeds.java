package io.fleetbreaker.breaker;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Runs a property over many random sequences, always the same ones. A failure names its seed;
 * {@code -Dseed=...} runs that one alone.
 */
final class Seeds {
  private Seeds() {}

  static void each(int sequences, Consumer<SplittableRandom> property) {
    Long only = Long.getLong("seed");
    if (only != null) {
      one(only, property);
      return;
    }
    for (long seed = 1; seed <= sequences; seed++) {
      one(seed, property);
    }
  }

  private static void one(long seed, Consumer<SplittableRandom> property) {
    try {
      property.accept(new SplittableRandom(seed));
    } catch (Throwable e) {
      throw new AssertionError("fails with -Dseed=" + seed + ": " + e.getMessage(), e);
    }
  }
}
