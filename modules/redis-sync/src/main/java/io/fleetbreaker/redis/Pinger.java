package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The one thread that sends the pings of a store's subscribers. Thread-safe. */
final class Pinger implements AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;

  Pinger() {
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "fleetbreaker-pinger");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
  }

  /**
   * Runs {@code ping} at this interval until the result is cancelled or {@code ping} throws.
   *
   * @throws RejectedExecutionException if this is closed
   */
  ScheduledFuture<?> every(Duration interval, Runnable ping) {
    return executor.scheduleAtFixedRate(
        ping, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
