package io.fleetbreaker.fleet;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Bounded waiting on an application's thread. */
final class Waits {
  private Waits() {}

  /**
   * Waits until all have completed, in whatever way, or the limit has passed. An interrupt does not
   * cut it short, because what is waited for is a clean end; it is restored afterwards.
   *
   * @return whether the thread was interrupted
   */
  static boolean upTo(Duration limit, List<? extends CompletableFuture<?>> futures) {
    CompletableFuture<?> all =
        CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new));
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        all.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        break;
      } catch (ExecutionException | TimeoutException e) {
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return interrupted;
  }
}
