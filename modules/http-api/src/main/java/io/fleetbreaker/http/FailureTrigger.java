package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Lets a provider die for a demonstration: takes the permits of several calls first and then fails
 * them all, as if they had been in flight.
 */
final class FailureTrigger {
  /** Calls in flight when the provider dies; more if it takes more to open the breaker. */
  static final int CALLS = 5;

  /** A threshold above this is not met: a demonstration should not make a million calls. */
  static final int MOST_CALLS = 1_000;

  private static final Duration OPENS_WITHIN = Duration.ofSeconds(2);
  private static final Duration COUNTS_WITHIN = Duration.ofMillis(100);

  private final WorkerFacade worker;
  private final Executor executor;

  FailureTrigger(WorkerFacade worker, Executor executor) {
    this.worker = worker;
    this.executor = executor;
  }

  /** What came of it. */
  sealed interface Outcome {
    /** {@code calls} calls failed; {@code after} is what the worker sees since. */
    record Failed(int calls, BreakerView after) implements Outcome {}

    /** The breaker was not closed, so nothing was done. */
    record NotClosed(BreakerView breaker) implements Outcome {}

    /** Opening the breaker would take more calls than this makes, so nothing was done. */
    record ThresholdTooHigh(BreakerView breaker) implements Outcome {}
  }

  /** Fails calls to the provider; completes when its breaker is open, or after a bounded wait. */
  CompletionStage<Outcome> trigger(BreakerView before) {
    if (before.state() != State.CLOSED) {
      return CompletableFuture.completedFuture(new Outcome.NotClosed(before));
    }
    if (before.failureThreshold() > MOST_CALLS) {
      return CompletableFuture.completedFuture(new Outcome.ThresholdTooHigh(before));
    }
    int calls = Math.max(CALLS, before.failureThreshold());
    Optional<List<Permit>> permits = take(before.provider(), calls);
    if (permits.isEmpty()) {
      return CompletableFuture.completedFuture(new Outcome.NotClosed(now(before)));
    }
    permits.get().forEach(Permit::failure);
    return opened(before).thenApply(after -> new Outcome.Failed(calls, after));
  }

  /** All permits or none: those taken before a refusal are given back. */
  private Optional<List<Permit>> take(String provider, int calls) {
    List<Permit> permits = new ArrayList<>(calls);
    while (permits.size() < calls) {
      Optional<Permit> permit = worker.tryAcquire(provider);
      if (permit.isEmpty()) {
        permits.forEach(Permit::ignore);
        return Optional.empty();
      }
      permits.add(permit.get());
    }
    return Optional.of(permits);
  }

  /** The threshold opens the breaker; the failures beyond it are counted a moment later. */
  private CompletionStage<BreakerView> opened(BreakerView before) {
    int calls = Math.max(CALLS, before.failureThreshold());
    return Polling.until(
            () -> now(before), view -> view.state() == State.OPEN, OPENS_WITHIN, executor)
        .thenCompose(
            opened ->
                opened.state() == State.OPEN
                    ? Polling.until(
                        () -> now(before),
                        view -> view.failureCount() >= calls,
                        COUNTS_WITHIN,
                        executor)
                    : CompletableFuture.completedFuture(opened));
  }

  private BreakerView now(BreakerView before) {
    return worker.view(before.provider()).orElse(before);
  }
}
