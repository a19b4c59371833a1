package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a listener, one call at a time, and never after {@link #close} has returned. What the
 * listener throws is logged and goes no further. Thread-safe.
 */
final class ListenerCalls {
  private static final Logger log = LoggerFactory.getLogger(ListenerCalls.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final FleetStore.EventListener listener;
  private final LogLimiter thrown = new LogLimiter(Duration.ofSeconds(30));

  /** Held during a call. Reentrant, so that a listener may close what calls it. */
  private final ReentrantLock calling = new ReentrantLock();

  /** Written by any thread; checked under the lock before each call. */
  private volatile boolean closed;

  ListenerCalls(FleetStore.EventListener listener) {
    this.listener = listener;
  }

  void run(Consumer<FleetStore.EventListener> call) {
    calling.lock();
    try {
      if (!closed) {
        call.accept(listener);
      }
    } catch (RuntimeException e) {
      OptionalLong before = thrown.tryPass(System.nanoTime());
      if (before.isPresent()) {
        log.warn("a listener failed ({} more like this before)", before.getAsLong(), e);
      }
    } finally {
      calling.unlock();
      // A listener's interrupt is meant for nobody: this thread serves others after it.
      Thread.interrupted();
    }
  }

  /**
   * Lets no call begin any more. Waits for one in progress, but not for ever: a listener must not
   * block, and one that does must not keep an application from ending.
   */
  void close() {
    closed = true;
    boolean interrupted = false;
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        if (calling.tryLock(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          calling.unlock();
        } else {
          log.warn("a listener has been in one call for more than {}", PATIENCE);
        }
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
