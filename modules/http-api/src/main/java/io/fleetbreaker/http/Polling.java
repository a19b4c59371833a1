package io.fleetbreaker.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Looks at something again and again until it is as awaited, without holding a thread. The JDK's
 * delayer is used for its precision of one millisecond; an actor system's scheduler ticks every
 * ten.
 */
final class Polling<T> {
  private static final long STEP_MILLIS = 1;

  private final Supplier<T> look;
  private final Predicate<T> awaited;
  private final long startNanos = System.nanoTime();
  private final long atMostNanos;
  private final Executor executor;
  private final CompletableFuture<T> result = new CompletableFuture<>();

  private Polling(Supplier<T> look, Predicate<T> awaited, Duration atMost, Executor executor) {
    this.look = look;
    this.awaited = awaited;
    this.atMostNanos = atMost.toNanos();
    this.executor = executor;
  }

  /** What was seen last: as {@code awaited}, or not, if {@code atMost} has passed before. */
  static <T> CompletionStage<T> until(
      Supplier<T> look, Predicate<T> awaited, Duration atMost, Executor executor) {
    Polling<T> polling = new Polling<>(look, awaited, atMost, executor);
    polling.step();
    return polling.result;
  }

  private void step() {
    try {
      T seen = look.get();
      if (awaited.test(seen) || System.nanoTime() - startNanos >= atMostNanos) {
        result.complete(seen);
      } else {
        CompletableFuture.delayedExecutor(STEP_MILLIS, TimeUnit.MILLISECONDS, executor)
            .execute(this::step);
      }
    } catch (RuntimeException failure) {
      result.completeExceptionally(failure);
    }
  }
}
