package io.fleetbreaker.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells a worker when to stop: when its standard input ends, because its supervisor asks for it or
 * is gone, or on SIGTERM and SIGINT.
 *
 * <p>Once told, a worker has a bounded time; one that hangs is halted, since nobody may be left who
 * would kill it.
 */
final class StopSignal {
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  private StopSignal() {}

  /** Watches {@code input} and the signals from now on. */
  static StopSignal install(InputStream input) {
    StopSignal signal = new StopSignal();
    Thread watcher = new Thread(() -> signal.watch(input), "stop-on-end-of-input");
    watcher.setDaemon(true);
    watcher.start();
    Runtime.getRuntime().addShutdownHook(new Thread(signal::onShutdown, "stop-on-signal"));
    return signal;
  }

  /** Waits until the worker is to stop. */
  void await() throws InterruptedException {
    stop.await();
  }

  /** Waits so long at most; returns whether the worker is to stop. */
  boolean await(Duration limit) throws InterruptedException {
    return stop.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Says that the worker has stopped. */
  void finished() {
    finished.countDown();
  }

  private void watch(InputStream input) {
    try {
      byte[] ignored = new byte[256];
      while (input.read(ignored) >= 0) {
        // What is written does not matter, only that the other end is open.
      }
    } catch (IOException e) {
      // A broken input is one that has ended.
      stop.countDown();
    }
    stop.countDown();
    if (!awaitFinished()) {
      Runtime.getRuntime().halt(ExitCodes.FAILED);
    }
  }

  private void onShutdown() {
    stop.countDown();
    awaitFinished();
  }

  private boolean awaitFinished() {
    try {
      return finished.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
