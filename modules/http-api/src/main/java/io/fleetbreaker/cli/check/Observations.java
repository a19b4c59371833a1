package io.fleetbreaker.cli.check;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/** What the workers have answered since one step of the check began. Safe for several threads. */
final class Observations {
  private final Map<String, Worker> workers = new HashMap<>();

  /**
   * What is known of one worker.
   *
   * @param latest its newest answer
   * @param opened whether any answer showed the provider open
   * @param opening when it opened, if it tells
   * @param answers how many of its answers showed the provider open
   */
  record Worker(
      StatusSample latest, boolean opened, Optional<OpeningInterval> opening, int answers) {

    /** The provider's breaker as last seen. */
    StatusSample.Breaker breaker(String provider) {
      StatusSample.Breaker breaker = latest.providers().get(provider);
      return breaker == null
          ? new StatusSample.Breaker("unknown", 0, OptionalDouble.empty())
          : breaker;
    }

    private Worker and(Worker newer) {
      boolean inOrder = newer.latest.sentNanos() >= latest.sentNanos();
      Optional<OpeningInterval> both =
          opening
              .flatMap(mine -> newer.opening.map(mine::and))
              .or(() -> opening.or(() -> newer.opening));
      return new Worker(
          inOrder ? newer.latest : latest, opened || newer.opened, both, answers + newer.answers);
    }
  }

  /** Adds an answer, as one about {@code provider}. */
  synchronized void add(StatusSample sample, String provider) {
    Optional<StatusSample.Breaker> open =
        Optional.ofNullable(sample.providers().get(provider)).filter(StatusSample.Breaker::isOpen);
    Optional<OpeningInterval> opening =
        open.map(StatusSample.Breaker::stateAgeMillis)
            .filter(OptionalDouble::isPresent)
            .map(
                age ->
                    OpeningInterval.of(
                        sample.sentNanos(), sample.receivedNanos(), age.getAsDouble()));
    Worker worker = new Worker(sample, open.isPresent(), opening, open.isPresent() ? 1 : 0);
    workers.merge(sample.instance(), worker, Worker::and);
  }

  synchronized int count() {
    return workers.size();
  }

  synchronized Set<String> instances() {
    return Set.copyOf(workers.keySet());
  }

  synchronized Map<String, Worker> workers() {
    return Map.copyOf(workers);
  }

  /** Whether each of {@code instances} has answered and meets {@code condition}. */
  synchronized boolean all(Collection<String> instances, Predicate<Worker> condition) {
    return workers.keySet().containsAll(instances) && workers.values().stream().allMatch(condition);
  }
}
