package io.fleetbreaker.cli;

import io.fleetbreaker.cli.supervise.FleetListener;
import io.fleetbreaker.cli.supervise.WorkerSignal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Shows how the start gets on, and keeps what the workers log for when something goes wrong. */
final class DemoProgress implements FleetListener {
  private static final int KEPT = 60;

  private final Terminal terminal;
  private final int workers;
  private final boolean verbose;
  private final long begun = System.nanoTime();
  private final CompletableFuture<String> hopeless = new CompletableFuture<>();
  private final Deque<String> kept = new ArrayDeque<>();
  private int ready;
  private int deaths;

  DemoProgress(Terminal terminal, int workers, boolean verbose) {
    this.terminal = terminal;
    this.workers = workers;
    this.verbose = verbose;
    terminal.print("Starting " + workers + " worker JVMs; this takes some seconds.");
  }

  @Override
  public synchronized void onLine(int worker, String line) {
    String text = "[worker " + worker + "] " + line;
    if (verbose) {
      terminal.print(text);
      return;
    }
    kept.addLast(text);
    if (kept.size() > KEPT) {
      kept.removeFirst();
    }
  }

  @Override
  public synchronized void onReady(int worker, WorkerSignal.Ready up) {
    ready++;
    double seconds = (System.nanoTime() - begun) / 1e9;
    terminal.print(
        String.format(
            Locale.ROOT,
            "  worker %d serves (pid %d), %d of %d, after %.1f s",
            worker,
            up.pid(),
            Math.min(ready, workers),
            workers,
            seconds));
  }

  @Override
  public synchronized void onRestart(int worker, String why, Duration wait) {
    terminal.print("  worker " + worker + " " + why + "; it is started again");
    deaths++;
    if (ready == 0 && deaths > workers) {
      hopeless.complete("the workers do not start; what they said last:");
    }
  }

  @Override
  public void onNotice(String text) {
    terminal.print("  " + text);
  }

  /** Completes with the reason when workers die and none has ever served. */
  CompletableFuture<String> hopeless() {
    return hopeless;
  }

  /** Says what went wrong, with what the workers last said. */
  synchronized void explain(String problem) {
    terminal.err().println("error: " + problem);
    kept.forEach(terminal.err()::println);
  }
}
