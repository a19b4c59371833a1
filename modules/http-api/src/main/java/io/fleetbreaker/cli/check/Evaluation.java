package io.fleetbreaker.cli.check;

import io.fleetbreaker.cli.check.CheckResult.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Judges what was observed. Pure: no requests, no clock, no printing. */
final class Evaluation {
  private Evaluation() {}

  /**
   * The trip.
   *
   * @param provider that was tripped
   * @param origin the worker that was asked to trip
   * @param originOpening when that worker opened, if its answer tells
   */
  record Trip(String provider, String origin, Optional<OpeningInterval> originOpening) {}

  /**
   * What a worker says of its health.
   *
   * @param redisConnected whether it reaches Redis
   * @param sync {@code ok} or {@code degraded}
   */
  record Health(boolean redisConnected, String sync) {}

  /** The verdict on a trip, {@code before} being the workers that answered before it. */
  static CheckResult judge(
      Trip trip,
      int expectedWorkers,
      Set<String> before,
      Map<String, Observations.Worker> after,
      Map<String, Health> health,
      Duration limit) {
    Optional<OpeningInterval> origin = originOpening(trip, after);
    List<CheckResult.Worker> workers = workers(trip.provider(), trip.origin(), origin, after);
    List<String> silent = before.stream().filter(id -> !after.containsKey(id)).sorted().toList();
    List<String> closed =
        workers.stream()
            .filter(worker -> !worker.opened())
            .map(CheckResult.Worker::workerId)
            .toList();
    boolean passed = silent.isEmpty() && closed.isEmpty() && workers.size() >= expectedWorkers;
    Optional<Propagation> last = lastDelay(trip, origin, after);
    return new CheckResult(
        passed ? Verdict.PASSED : Verdict.FAILED,
        trip.provider(),
        expectedWorkers,
        workers,
        passed ? last : Optional.empty(),
        Optional.empty(),
        summary(passed, trip.provider(), workers.size(), silent, closed, limit),
        passed ? List.of() : causes(after, health, silent));
  }

  /** The workers in the form of a result, by their id. */
  static List<CheckResult.Worker> workers(
      String provider,
      String originInstance,
      Optional<OpeningInterval> origin,
      Map<String, Observations.Worker> seen) {
    List<CheckResult.Worker> workers = new ArrayList<>();
    for (Observations.Worker worker : seen.values()) {
      StatusSample.Breaker breaker = worker.breaker(provider);
      boolean isOrigin = worker.latest().instance().equals(originInstance);
      Optional<Propagation> delay =
          isOrigin
              ? Optional.empty()
              : origin.flatMap(from -> worker.opening().map(to -> Propagation.between(from, to)));
      workers.add(
          new CheckResult.Worker(
              worker.latest().workerId(),
              worker.latest().instance(),
              breaker.state(),
              breaker.failures(),
              isOrigin,
              worker.opened(),
              delay));
    }
    workers.sort(
        Comparator.comparing((CheckResult.Worker worker) -> worker.workerId().length())
            .thenComparing(CheckResult.Worker::workerId)
            .thenComparing(CheckResult.Worker::instance));
    return workers;
  }

  private static Optional<OpeningInterval> originOpening(
      Trip trip, Map<String, Observations.Worker> after) {
    Optional<OpeningInterval> polled =
        Optional.ofNullable(after.get(trip.origin())).flatMap(Observations.Worker::opening);
    return trip.originOpening()
        .map(answered -> polled.map(answered::and).orElse(answered))
        .or(() -> polled);
  }

  /** Of all workers but the origin, and only if each of them tells. */
  private static Optional<Propagation> lastDelay(
      Trip trip, Optional<OpeningInterval> origin, Map<String, Observations.Worker> after) {
    List<OpeningInterval> others =
        after.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(trip.origin()))
            .map(entry -> entry.getValue().opening().orElse(null))
            .filter(Objects::nonNull)
            .toList();
    boolean complete = others.size() == after.size() - 1;
    return complete ? origin.flatMap(from -> Propagation.toLast(from, others)) : Optional.empty();
  }

  private static String summary(
      boolean passed,
      String provider,
      int workers,
      List<String> silent,
      List<String> closed,
      Duration limit) {
    if (passed) {
      return "all " + workers + " workers opened " + provider;
    }
    String within = " within " + seconds(limit);
    if (!closed.isEmpty()) {
      return "worker"
          + (closed.size() == 1 ? " " : "s ")
          + String.join(", ", closed)
          + " did not open "
          + provider
          + within;
    }
    return silent.isEmpty()
        ? "only " + workers + " workers answered after the trip"
        : "no answer from " + String.join(", ", silent) + within + " after the trip";
  }

  private static List<String> causes(
      Map<String, Observations.Worker> after, Map<String, Health> health, List<String> silent) {
    List<String> causes = new ArrayList<>();
    after.forEach(
        (instance, worker) -> {
          String name = "worker " + worker.latest().workerId();
          Health known = health.get(instance);
          if (known != null && !known.redisConnected()) {
            causes.add(name + " does not reach Redis (redis_connected is false in its /health)");
          } else if (!worker.latest().sync().equals("ok")) {
            causes.add(
                name
                    + " is not synchronised with the fleet (sync is "
                    + worker.latest().sync()
                    + " in its /status): it may not be subscribed");
          }
        });
    if (!silent.isEmpty()) {
      causes.add("a worker ended or hangs: see the log of its supervisor");
    }
    if (causes.isEmpty()) {
      causes.add(
          "the workers may use different Redis servers, databases, prefixes or channels:"
              + " compare fleetbreaker.redis of each");
    }
    return causes;
  }

  static String seconds(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }
}
