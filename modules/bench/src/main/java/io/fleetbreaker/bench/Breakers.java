package io.fleetbreaker.bench;

import dev.failsafe.CircuitBreaker;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.breaker.Gate;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.List;

/** Breakers of each library, set up alike. */
final class Breakers {
  static final Duration NEVER = Duration.ofHours(1);

  /** Ours by failure rate over a time window. */
  static final TripPolicy RATE =
      TripPolicy.anyOf(
          new TripCondition.FailureRate(50, 100, CallWindow.time(Duration.ofSeconds(10))));

  /** Ours by slow-call rate, which takes two readings of the clock a call. */
  static final TripPolicy TIMED =
      TripPolicy.anyOf(
          new TripCondition.SlowCallRate(50, Duration.ofSeconds(1), 100, CallWindow.calls(100)));

  private Breakers() {}

  static ProviderSettings settings(String name, TripPolicy policy) {
    return ProviderSettings.builder(name).tripPolicy(policy).build();
  }

  /** Ours with its actor behind it. */
  static Worker fleetbreaker(TripPolicy policy) {
    return Worker.start(List.of(settings("bench", policy)));
  }

  /** Ours, tripped by failures; its actor knows. */
  static Worker fleetbreakerOpen() {
    Worker worker =
        Worker.start(List.of(ProviderSettings.builder("bench").openDuration(NEVER).build()));
    Gate gate = worker.gate();
    while (gate.tryAcquire().map(Breakers::fail).orElse(false)) {
      Thread.onSpinWait();
    }
    while (!gate.view().shared()) {
      Thread.onSpinWait();
    }
    return worker;
  }

  private static boolean fail(io.fleetbreaker.Permit permit) {
    permit.failure();
    return true;
  }

  /** Resilience4j over the last 100 calls. */
  static CircuitBreakerConfig.Builder resilience4jCount() {
    return CircuitBreakerConfig.custom()
        .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
        .slidingWindowSize(100)
        .minimumNumberOfCalls(100)
        .waitDurationInOpenState(NEVER);
  }

  /** Resilience4j over the last 10 seconds. */
  static CircuitBreakerConfig.Builder resilience4jTime() {
    return resilience4jCount()
        .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.TIME_BASED)
        .slidingWindowSize(10);
  }

  static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4j(
      CircuitBreakerConfig.Builder config) {
    return io.github.resilience4j.circuitbreaker.CircuitBreaker.of("bench", config.build());
  }

  static CircuitBreaker<Object> failsafe() {
    return CircuitBreaker.builder().withFailureThreshold(5).withDelay(NEVER).build();
  }

  /** Pekko's, on the scheduler of {@code worker}. */
  static org.apache.pekko.pattern.CircuitBreaker pekko(Worker worker, int maxFailures) {
    return org.apache.pekko.pattern.CircuitBreaker.create(
        worker.system().classicSystem().scheduler(), maxFailures, NEVER, NEVER);
  }
}
