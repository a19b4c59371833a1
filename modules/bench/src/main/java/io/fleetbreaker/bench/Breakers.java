package io.fleetbreaker.bench;

import dev.failsafe.CircuitBreaker;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.breaker.Gate;
import io.fleetbreaker.breaker.ProviderBreaker;
import io.fleetbreaker.sync.LocalSync;
import io.fleetbreaker.sync.SyncPort;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Breakers of each library, set up alike. */
final class Breakers {
  static final Duration NEVER = Duration.ofHours(1);

  private Breakers() {}

  /** Ours with its actor behind it, as an application runs it. */
  static Ours fleetbreaker(int failureThreshold) {
    ProviderSettings settings =
        new ProviderSettings("bench", 1, failureThreshold, NEVER, 1, 1, NEVER);
    Gate gate = new Gate(settings, Ticker.system(), InstantSource.system());
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.setup(
                context -> {
                  ActorRef<SyncPort.Message> sync =
                      context.spawn(LocalSync.create("bench", Ticker.system()), "sync");
                  context.spawn(ProviderBreaker.create(gate, Ticker.system(), sync), "breaker");
                  return Behaviors.empty();
                }),
            "bench");
    return new Ours(gate, system);
  }

  record Ours(Gate gate, ActorSystem<Void> system) implements AutoCloseable {
    /** Trips the breaker and waits until its actor knows. */
    Ours opened() {
      while (gate.tryAcquire().map(Breakers::fail).orElse(false)) {
        Thread.onSpinWait();
      }
      while (!gate.view().shared()) {
        Thread.onSpinWait();
      }
      return this;
    }

    @Override
    public void close() {
      system.terminate();
    }
  }

  private static boolean fail(io.fleetbreaker.Permit permit) {
    permit.failure();
    return true;
  }

  static io.github.resilience4j.circuitbreaker.CircuitBreaker resilience4j(
      CircuitBreakerConfig.SlidingWindowType type, boolean stackTraces) {
    return io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
        "bench",
        CircuitBreakerConfig.custom()
            .slidingWindowType(type)
            .slidingWindowSize(
                type == CircuitBreakerConfig.SlidingWindowType.COUNT_BASED ? 100 : 10)
            .minimumNumberOfCalls(100)
            .waitDurationInOpenState(NEVER)
            .writableStackTraceEnabled(stackTraces)
            .build());
  }

  static CircuitBreaker<Object> failsafe() {
    return CircuitBreaker.builder().withFailureThreshold(5).withDelay(NEVER).build();
  }
}
