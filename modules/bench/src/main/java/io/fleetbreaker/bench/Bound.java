package io.fleetbreaker.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number to reach: how much of a peer's time one of our methods may take in the same run.
 *
 * @param what is measured, for people
 * @param benchmark the class
 * @param ours our method in it
 * @param peer the method it is compared with
 * @param oneThread at most this part of the peer's time with one thread
 * @param twoThreads the same with two; null if nothing is asked
 */
record Bound(
    String what,
    String benchmark,
    String ours,
    String peer,
    double oneThread,
    @Nullable Double twoThreads) {

  static final List<Bound> ALL =
      List.of(
          hot("guarded success", "fleetbreaker_default", "resilience4j_count", 0.10, 0.06),
          hot("the same, failure rate", "fleetbreaker_rate", "resilience4j_time", 0.10, 0.06),
          hot("the same, slow calls", "fleetbreaker_timed", "resilience4j_count", 0.80, 0.45),
          hot("the same, slow calls", "fleetbreaker_timed", "floor_timed", 1.20, 1.30),
          hot("permit and success", "fleetbreaker_permit", "failsafe_permit", 0.75, 0.5),
          new Bound(
              "refusal, boolean",
              "Rejection",
              "fleetbreaker_boolean",
              "failsafe_boolean",
              0.15,
              null),
          new Bound(
              "refusal, exception",
              "Rejection",
              "fleetbreaker_exception",
              "resilience4j_exception",
              0.30,
              null),
          new Bound(
              "counted failure",
              "FailurePath",
              "fleetbreaker_default",
              "resilience4j_count",
              0.35,
              null),
          new Bound(
              "completed stage", "Async", "fleetbreaker_default", "resilience4j_count", 0.5, null));

  private static Bound hot(String what, String ours, String peer, double one, double two) {
    return new Bound(what, "HotPath", ours, peer, one, two);
  }

  /** What is asked with so many threads; null if nothing is. */
  @Nullable Double with(int threads) {
    return switch (threads) {
      case 1 -> oneThread;
      case 2 -> twoThreads;
      default -> null;
    };
  }
}
