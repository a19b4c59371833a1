package io.fleetbreaker.http;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the workers have told, at most once in a while, however many ask: those who ask
 * meanwhile share a reading, and its failure too. Thread-safe, never blocks.
 */
final class FleetReadings {
  /** How long a reading, or its failure, is good for all who ask. */
  static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final WorkerFacade worker;
  private final Duration patience;
  private final AtomicReference<@Nullable Reading> latest = new AtomicReference<>();

  /**
   * @param patience how long a reading may take
   */
  FleetReadings(WorkerFacade worker, Duration patience) {
    this.worker = worker;
    this.patience = patience;
  }

  /** The latest reading if it is fresh, else a new one. Fails if Redis cannot be asked. */
  CompletionStage<FleetReading> current() {
    Reading before = latest.get();
    if (before != null && before.isFresh()) {
      return before.result;
    }
    Reading mine = new Reading();
    if (!latest.compareAndSet(before, mine)) {
      // Somebody else has just begun one.
      Reading other = latest.get();
      return other == null ? mine.begin() : other.result;
    }
    return mine.begin();
  }

  /** The latest reading that is there already, if it succeeded; asks nobody. */
  Optional<FleetReading> known() {
    Reading reading = latest.get();
    return reading == null || !reading.result.isDone() || reading.result.isCompletedExceptionally()
        ? Optional.empty()
        : Optional.of(reading.result.join());
  }

  private final class Reading {
    private final CompletableFuture<WorkerFacade> begun = new CompletableFuture<>();
    private final CompletableFuture<FleetReading> result =
        begun
            .thenCompose(WorkerFacade::workers)
            .thenApply(FleetReading::new)
            .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((reading, failure) -> doneNanos = System.nanoTime());
    private volatile long doneNanos;

    boolean isFresh() {
      return !result.isDone() || System.nanoTime() - doneNanos < FRESH_NANOS;
    }

    CompletionStage<FleetReading> begin() {
      begun.complete(worker);
      return result;
    }
  }
}
