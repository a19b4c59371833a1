package io.fleetbreaker.fleet;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FleetStore.WorkerSeen;
import io.fleetbreaker.redis.FleetStore.WorkersSeen;
import io.fleetbreaker.redis.WorkerBeat;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the workers of the fleet tell of themselves, read at most once a second however many ask.
 * Thread-safe: this object's monitor guards all.
 */
final class FleetView {
  private static final int MOST_WORKERS = 2_000;
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final FleetStore store;
  private final Executor reads;
  private final Ticker ticker;

  /** What is being read, or was read last. */
  private @Nullable CompletableFuture<Reading> latest;

  private record Reading(FleetReport report, long readNanos) {}

  /** A view of the workers in this store; {@code reads} runs what blocks on it. */
  FleetView(FleetStore store, Executor reads, Ticker ticker) {
    this.store = store;
    this.reads = reads;
    this.ticker = ticker;
  }

  /** {@link Fleet#workers}. */
  CompletionStage<FleetReport> ask(Supplier<CompletableFuture<Void>> mayAsk) {
    return current(mayAsk).thenApply(this::aged);
  }

  private synchronized CompletableFuture<Reading> current(
      Supplier<CompletableFuture<Void>> mayAsk) {
    CompletableFuture<Reading> held = latest;
    if (held != null && (!held.isDone() || isFresh(held))) {
      return held;
    }
    CompletableFuture<Reading> reading = mayAsk.get().thenApplyAsync(ready -> read(), reads);
    latest = reading;
    return reading;
  }

  private boolean isFresh(CompletableFuture<Reading> reading) {
    return !reading.isCompletedExceptionally()
        && ticker.nanos() - reading.join().readNanos() < FRESH.toNanos();
  }

  private Reading read() {
    long begunNanos = ticker.nanos();
    WorkersSeen seen = store.workers(MOST_WORKERS);
    List<WorkerReport> workers =
        seen.workers().stream()
            .map(worker -> report(worker, seen.serverMillis()))
            .sorted(Comparator.comparing(WorkerReport::instance))
            .toList();
    return new Reading(
        new FleetReport(workers, Duration.ZERO, seen.complete(), seen.skipped()), begunNanos);
  }

  private FleetReport aged(Reading reading) {
    FleetReport report = reading.report();
    Duration age = Duration.ofNanos(Math.max(0, ticker.nanos() - reading.readNanos()));
    return new FleetReport(report.workers(), age, report.complete(), report.skipped());
  }

  private static WorkerReport report(WorkerSeen worker, long serverMillis) {
    Duration silentFor = Duration.ofMillis(Math.max(0, serverMillis - worker.seenMillis()));
    return worker
        .beat()
        .map(beat -> alive(beat, silentFor))
        .orElseGet(() -> lost(worker.instance(), silentFor));
  }

  private static WorkerReport alive(WorkerBeat beat, Duration silentFor) {
    return new WorkerReport(
        beat.instance(),
        beat.address().isEmpty() ? Optional.empty() : Optional.of(beat.address()),
        beat.version(),
        Instant.ofEpochMilli(beat.startedMillis()),
        WorkerReport.Presence.ALIVE,
        silentFor,
        beat.inSync() ? SyncStatus.Mode.OK : SyncStatus.Mode.DEGRADED,
        beat.lagMillis().isPresent()
            ? Optional.of(Duration.ofMillis(beat.lagMillis().getAsLong()))
            : Optional.empty(),
        beat.providers().stream()
            .map(FleetView::report)
            .sorted(Comparator.comparing(ProviderReport::provider))
            .toList());
  }

  private static WorkerReport lost(String instance, Duration silentFor) {
    return new WorkerReport(
        instance,
        Optional.empty(),
        "",
        WorkerId.startedAt(instance),
        WorkerReport.Presence.LOST,
        silentFor,
        SyncStatus.Mode.DEGRADED,
        Optional.empty(),
        List.of());
  }

  private static ProviderReport report(WorkerBeat.ProviderBeat beat) {
    return new ProviderReport(
        beat.provider(),
        beat.state(),
        beat.override(),
        beat.failureCount(),
        beat.failureRate(),
        beat.counts(),
        beat.revision(),
        beat.shared());
  }
}
