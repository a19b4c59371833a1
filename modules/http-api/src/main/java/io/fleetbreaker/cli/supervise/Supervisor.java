package io.fleetbreaker.cli.supervise;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/**
 * Starts the worker processes of a fleet on this machine, starts those again that die, and ends all
 * of them. If this process is killed instead, each worker sees its input end and stops by itself.
 */
public final class Supervisor implements AutoCloseable {
  private final List<WorkerSlot> slots;
  private final FleetListener listener;
  private final Duration drain;
  private final CompletableFuture<Void> ready;
  private final CompletableFuture<String> refused = new CompletableFuture<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * A supervisor that has started nothing yet.
   *
   * @param drain how long {@link #close} waits for the workers' last requests
   */
  public Supervisor(int workers, WorkerLauncher launcher, FleetListener listener, Duration drain) {
    this.slots =
        IntStream.rangeClosed(1, workers)
            .mapToObj(index -> new WorkerSlot(index, launcher, listener))
            .toList();
    this.listener = listener;
    this.drain = drain;
    this.ready =
        CompletableFuture.allOf(
            slots.stream().map(WorkerSlot::ready).toArray(CompletableFuture[]::new));
    for (WorkerSlot slot : slots) {
      // Only the first reason is kept: all workers have the same configuration.
      var unused = slot.refused().thenAccept(refused::complete);
    }
  }

  /** Starts all workers and returns at once. */
  public void start() {
    slots.forEach(WorkerSlot::start);
  }

  /** Completes when every worker has served at least once. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /** Completes with the reason if a worker refuses its configuration. */
  public CompletableFuture<String> refused() {
    return refused;
  }

  /** Lets all workers drain, and kills those that take too long. Idempotent. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    slots.forEach(WorkerSlot::stop);
    long deadline = System.nanoTime() + drain.toNanos();
    try {
      for (WorkerSlot slot : slots) {
        slot.awaitEnd(deadline);
      }
    } catch (InterruptedException e) {
      listener.onNotice("interrupted while the workers drained");
      Thread.currentThread().interrupt();
    }
  }
}
