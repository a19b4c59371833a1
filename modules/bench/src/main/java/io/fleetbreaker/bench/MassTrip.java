package io.fleetbreaker.bench;

import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.Fleet;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/**
 * Trips 10,000 providers at once on one worker, and measures how long it takes until all trips are
 * committed, and how long the slowest of the guarded calls took meanwhile that another thread makes
 * to another provider every 200 us.
 */
final class MassTrip {
  private static final String METRIC = "trip-10000";
  private static final int PROVIDERS = 10_000;
  private static final String CALLED = "called";
  private static final double MOST_MILLIS = 3_000;

  /** What a call may take that does nothing: a reader's idea of not delayed. */
  private static final double MOST_CALL_MICROS = 1_000;

  private static final Duration BETWEEN_CALLS = Duration.ofNanos(200_000);
  private static final Duration SETTLING = Duration.ofSeconds(1);

  private MassTrip() {}

  static List<Figure> measure(BenchRedis redis) {
    List<String> names = new ArrayList<>(List.of(CALLED));
    IntStream.range(0, PROVIDERS).forEach(i -> names.add("upstream-" + i));
    try (Fleet fleet = Fleet.start(redis.settings(METRIC, names, "reconcile-interval = 1 h"))) {
      CircuitBreaker called = fleet.breaker(CALLED);
      List<CircuitBreaker> tripping =
          fleet.breakers().stream().filter(breaker -> breaker != called).toList();
      callFor(SETTLING, called);
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Samples> calls =
          CompletableFuture.supplyAsync(() -> callUntil(over, called));
      double millis = trip(tripping);
      over.set(true);
      Samples taken = calls.join();
      verify(fleet, tripping);
      return List.of(
          new Figure(METRIC, Math.rint(millis), MOST_MILLIS, "ms", "until all are committed"),
          new Figure(
              METRIC + "-call",
              taken.percentileMicros(100),
              MOST_CALL_MICROS,
              "us",
              "the slowest of %d guarded calls meanwhile".formatted(taken.size())));
    }
  }

  private static double trip(List<CircuitBreaker> breakers) {
    long begun = System.nanoTime();
    breakers.forEach(breaker -> breaker.tryAcquire().orElseThrow().failure());
    Deque<CircuitBreaker> left = new ArrayDeque<>(breakers);
    Pause.until(
        "all trips are committed",
        () -> {
          while (!left.isEmpty() && left.element().view().shared()) {
            left.remove();
          }
          return left.isEmpty();
        });
    return (System.nanoTime() - begun) / 1e6;
  }

  /** What the breakers say stands in the store, too. */
  private static void verify(Fleet fleet, List<CircuitBreaker> breakers) {
    List<String> names = breakers.stream().map(CircuitBreaker::provider).toList();
    long open =
        fleet.store().read(names).states().values().stream()
            .filter(state -> state.state() == State.OPEN)
            .count();
    if (open != breakers.size()) {
      throw new IllegalStateException("the store holds " + open + " of " + breakers.size());
    }
  }

  /** Lets the compilers have done with calls before they count. */
  private static void callFor(Duration time, CircuitBreaker breaker) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      call(breaker);
    }
  }

  private static Samples callUntil(AtomicBoolean over, CircuitBreaker breaker) {
    Samples taken = new Samples();
    while (!over.get()) {
      Pause.of(BETWEEN_CALLS);
      long begun = System.nanoTime();
      call(breaker);
      taken.add(System.nanoTime() - begun);
    }
    return taken;
  }

  private static void call(CircuitBreaker breaker) {
    breaker.run(() -> {});
  }
}
