package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread that does what is due every so often, such as the pings of a store. Thread-safe. */
final class Pinger implements AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;

  Pinger(String name) {
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
  }

  /**
   * Runs {@code task} at this interval until the result is cancelled or {@code task} throws.
   *
   * @throws RejectedExecutionException if this is closed
   */
  ScheduledFuture<?> every(Duration interval, Runnable task) {
    return executor.scheduleAtFixedRate(
        task, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
