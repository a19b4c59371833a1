package io.fleetbreaker.cli.check;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Asks the fleet for its status, over and over, until enough is known or the time is up. A balancer
 * chooses at random who answers, so no fixed number of requests reaches every worker.
 */
final class Poller implements AutoCloseable {
  private static final int THREADS = 3;
  private static final long PAUSE_MILLIS = 2;
  private static final long PAUSE_AFTER_FAILURE_MILLIS = 100;

  private final FleetClient client;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "check-poll");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Optional<String> lastFailure = Optional.empty();
  private volatile Optional<String> lastStranger = Optional.empty();

  Poller(FleetClient client) {
    this.client = client;
  }

  /**
   * Polls until {@code done} or {@code limit}, but at least once: whoever has asked nobody, because
   * this machine stood still, knows nothing. Returns whether it was done.
   */
  boolean until(Predicate<Observations> done, Observations into, String provider, Duration limit)
      throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      running.add(threads.submit(() -> poll(done, into, provider, deadline)));
    }
    for (Future<?> poll : running) {
      try {
        poll.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("polling failed", e);
      }
    }
    return done.test(into);
  }

  /** Why the last request that got no answer got none. */
  Optional<String> lastFailure() {
    return lastFailure;
  }

  /** The last answer that was not that of a worker. */
  Optional<String> lastStranger() {
    return lastStranger;
  }

  private void poll(
      Predicate<Observations> done, Observations into, String provider, long deadline) {
    try {
      boolean asked = false;
      while (!done.test(into) && (!asked || System.nanoTime() < deadline)) {
        boolean answered = pollOnce(into, provider);
        asked = true;
        TimeUnit.MILLISECONDS.sleep(answered ? PAUSE_MILLIS : PAUSE_AFTER_FAILURE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean pollOnce(Observations into, String provider) {
    try {
      FleetClient.Answer answer = client.get("/status");
      Optional<StatusSample> sample = StatusSample.parse(answer);
      sample.ifPresent(found -> into.add(found, provider));
      if (sample.isEmpty()) {
        lastStranger = Optional.of("GET /status gave " + answer.problem());
      }
      return sample.isPresent();
    } catch (IOException e) {
      lastFailure = Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
