package io.fleetbreaker.redis;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on another executor, at most so many at once and in their order: so what may be many
 * leaves room for what cannot wait. A task that the other executor refuses is refused here too, and
 * leaves no trace. Thread-safe; this object's monitor is held for a queue operation at most.
 */
public final class Lane implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private final Executor threads;
  private final int most;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int running;

  /** Takes at most {@code most} of {@code threads}; at least 1. */
  public Lane(Executor threads, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("most must be at least 1, was " + most);
    }
    this.threads = threads;
    this.most = most;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (running == most) {
        waiting.add(task);
        return;
      }
      running++;
    }
    try {
      start(task);
    } catch (RuntimeException | Error noThread) {
      // The place goes to what has come to wait for it meanwhile: that was accepted.
      startNext();
      throw noThread;
    }
  }

  private void start(Runnable task) {
    threads.execute(
        () -> {
          try {
            task.run();
          } finally {
            startNext();
          }
        });
  }

  /** On whichever thread is there, which goes on itself if there is no other: what waits counts. */
  private void startNext() {
    for (Runnable next = next(); next != null; next = next()) {
      try {
        start(next);
        return;
      } catch (RuntimeException | Error noThread) {
        runHere(next);
      }
    }
  }

  private static void runHere(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.error("a task failed", e);
    }
  }

  /** The next that waits; null if none does, and one thread fewer is taken then. */
  private synchronized @Nullable Runnable next() {
    Runnable next = waiting.poll();
    if (next == null) {
      running--;
    }
    return next;
  }
}
