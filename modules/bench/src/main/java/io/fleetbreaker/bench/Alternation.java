package io.fleetbreaker.bench;

/**
 * Runs two operations in turn, so that whatever drifts meets both, and each as often first as
 * second.
 */
final class Alternation {
  /** Does something once, and says how many nanoseconds it took. */
  interface Operation {
    long run();
  }

  private Alternation() {}

  /**
   * Measures both {@code rounds} times, after a third as many rounds that do not count, in which
   * compilers and connections warm up.
   */
  static void run(
      int rounds, Samples ours, Samples raw, Operation ourOperation, Operation rawOperation) {
    for (int round = -rounds / 3; round < rounds; round++) {
      long ourNanos;
      long rawNanos;
      if (round % 2 == 0) {
        ourNanos = ourOperation.run();
        rawNanos = rawOperation.run();
      } else {
        rawNanos = rawOperation.run();
        ourNanos = ourOperation.run();
      }
      if (round >= 0) {
        ours.add(ourNanos);
        raw.add(rawNanos);
      }
    }
  }
}
