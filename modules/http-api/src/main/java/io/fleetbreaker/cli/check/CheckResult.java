package io.fleetbreaker.cli.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a check found. Immutable.
 *
 * @param verdict whether the fleet does what it should
 * @param provider that was tripped; empty if it did not come to that
 * @param expectedWorkers how many workers there should be
 * @param workers as they were when the verdict fell, by their id
 * @param propagation from the trip to the last worker's opening, if the workers tell
 * @param closedAgain whether all were closed after the reset; empty if none was tried
 * @param summary one sentence
 * @param causes what is probably wrong, likeliest first
 */
public record CheckResult(
    Verdict verdict,
    String provider,
    int expectedWorkers,
    List<Worker> workers,
    Optional<Propagation> propagation,
    Optional<Boolean> closedAgain,
    String summary,
    List<String> causes) {

  /** How a check ends. */
  public enum Verdict {
    /** One worker tripped and all were open in time, and closed again after the reset. */
    PASSED(0),
    /** They were not. */
    FAILED(1),
    /** Nothing was tried, so as not to disturb a provider that is not closed. */
    REFUSED(1),
    /** Nobody answered. */
    UNREACHABLE(3);

    private final int exitCode;

    Verdict(int exitCode) {
      this.exitCode = exitCode;
    }

    /** What the command line exits with. */
    public int exitCode() {
      return exitCode;
    }
  }

  /**
   * One worker as last seen.
   *
   * @param workerId for people
   * @param instance its whole id
   * @param state of the provider, by its name on the wire
   * @param failures that this worker counted
   * @param origin whether this is the worker that tripped
   * @param opened whether it was seen open after the trip
   * @param delay after which it opened; empty for the origin or if it does not tell
   */
  public record Worker(
      String workerId,
      String instance,
      String state,
      long failures,
      boolean origin,
      boolean opened,
      Optional<Propagation> delay) {}

  public CheckResult {
    workers = List.copyOf(workers);
    causes = List.copyOf(causes);
  }

  /** How many workers are in which state. */
  public Map<String, Long> distribution() {
    Map<String, Long> counts = new TreeMap<>();
    workers.forEach(worker -> counts.merge(worker.state(), 1L, Long::sum));
    return counts;
  }

  static CheckResult ended(
      Verdict verdict, String provider, int expected, String summary, List<String> causes) {
    return new CheckResult(
        verdict,
        provider,
        expected,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        summary,
        causes);
  }

  CheckResult withWorkers(List<Worker> seen) {
    return new CheckResult(
        verdict, provider, expectedWorkers, seen, propagation, closedAgain, summary, causes);
  }

  /** A pass that could not be cleaned up after is none. */
  CheckResult afterReset(boolean allClosed, String problem) {
    boolean spoilt = verdict == Verdict.PASSED && !allClosed;
    return new CheckResult(
        spoilt ? Verdict.FAILED : verdict,
        provider,
        expectedWorkers,
        workers,
        propagation,
        Optional.of(allClosed),
        spoilt ? problem : summary,
        causes);
  }
}
