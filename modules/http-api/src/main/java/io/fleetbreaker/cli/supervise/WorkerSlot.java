package io.fleetbreaker.cli.supervise;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One worker's place in the fleet: a thread that starts its process, reads it, restarts it. */
final class WorkerSlot {
  /** The exit code of a worker that will never start with the configuration it was given. */
  static final int REFUSED = 2;

  /** A worker that ends this shortly before the fleet does was stopped by the same signal. */
  static final Duration GRACE = Duration.ofMillis(50);

  private final int index;
  private final WorkerLauncher launcher;
  private final FleetListener listener;
  private final Backoff backoff = new Backoff();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<String> refused = new CompletableFuture<>();
  private final List<String> refusal = new ArrayList<>();
  private final Thread thread;
  private volatile @Nullable Process process;
  private volatile boolean serving;

  WorkerSlot(int index, WorkerLauncher launcher, FleetListener listener) {
    this.index = index;
    this.launcher = launcher;
    this.listener = listener;
    this.thread = new Thread(this::run, "worker-" + index);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Completes when the worker has served for the first time. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /** Completes with the reason if the worker refuses its configuration. */
  CompletableFuture<String> refused() {
    return refused;
  }

  /** Asks the worker to drain and end, and does not start it again. */
  void stop() {
    stopping.countDown();
    Process current = process;
    if (current != null) {
      askToEnd(current);
    }
  }

  /** Waits until the worker has ended; one that has not by then is killed. */
  void awaitEnd(long deadlineNanos) throws InterruptedException {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    thread.join(Math.max(1, millis));
    Process current = process;
    if (current != null && current.isAlive()) {
      current.destroyForcibly();
    }
    thread.join(TimeUnit.SECONDS.toMillis(5));
  }

  private void run() {
    try {
      while (stopping.getCount() > 0) {
        long started = System.nanoTime();
        String end = runOnce();
        if (refused.isDone() || stopping.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        Duration wait = backoff.after(Duration.ofNanos(System.nanoTime() - started));
        listener.onRestart(index, end, wait);
        if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs the worker to its end and says how it ended. */
  private String runOnce() throws InterruptedException {
    try {
      Process started = launcher.launch(index);
      process = started;
      if (stopping.getCount() == 0) {
        askToEnd(started);
      }
      readOutput(started);
      int code = started.waitFor();
      serving = false;
      if (code == REFUSED) {
        String reason = String.join(System.lineSeparator(), refusal);
        refused.complete(reason.isEmpty() ? "the worker gave no reason" : reason);
      }
      return code > 128 ? "was ended by signal " + (code - 128) : "ended with code " + code;
    } catch (IOException e) {
      return "could not be started: " + e.getMessage();
    }
  }

  private void readOutput(Process running) throws IOException {
    try (BufferedReader lines = running.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(line -> onLine(line));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void onLine(String line) {
    WorkerSignal signal = WorkerSignal.parse(line).orElse(null);
    if (signal instanceof WorkerSignal.Ready up) {
      serving = true;
      listener.onReady(index, up);
      ready.complete(null);
    } else if (signal instanceof WorkerSignal.Refused no) {
      refusal.add(no.message());
    } else {
      listener.onLine(index, line);
    }
  }

  /** The end of its input makes a serving worker drain; one that still starts may not read yet. */
  private void askToEnd(Process running) {
    try {
      running.getOutputStream().close();
    } catch (IOException e) {
      running.destroy();
    }
    if (!serving) {
      running.destroy();
    }
  }
}
