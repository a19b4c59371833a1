package io.fleetbreaker.breaker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A guarded stage, and what a fallback makes of its failure. Who ends it earlier, by cancelling or
 * with an exception such as that of a time-out, ends the guarded stage with it; the fallback is not
 * asked then.
 */
final class FallbackStage<T> extends CompletableFuture<T> {
  private final CompletableFuture<T> guarded;
  private final Function<? super Throwable, ? extends CompletionStage<T>> fallback;

  private FallbackStage(
      CompletableFuture<T> guarded,
      Function<? super Throwable, ? extends CompletionStage<T>> fallback) {
    this.guarded = guarded;
    this.fallback = fallback;
  }

  static <T> CompletionStage<T> of(
      CompletionStage<T> guarded,
      Function<? super Throwable, ? extends CompletionStage<T>> fallback) {
    FallbackStage<T> stage = new FallbackStage<>(guarded.toCompletableFuture(), fallback);
    guarded.whenComplete(stage::guardedEnds);
    return stage;
  }

  private void guardedEnds(T result, @Nullable Throwable error) {
    if (error == null) {
      complete(result);
    } else if (!isDone()) {
      fallBack(
          error instanceof CompletionException && error.getCause() != null
              ? error.getCause()
              : error);
    }
  }

  private void fallBack(Throwable error) {
    try {
      CompletionStage<T> instead = fallback.apply(error);
      instead.whenComplete(this::fallbackEnds);
    } catch (Throwable e) {
      super.completeExceptionally(e);
    }
  }

  private void fallbackEnds(T result, @Nullable Throwable error) {
    if (error == null) {
      complete(result);
    } else {
      super.completeExceptionally(error);
    }
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    boolean first = super.completeExceptionally(error);
    if (first) {
      guarded.completeExceptionally(error);
    }
    return first;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    guarded.cancel(mayInterruptIfRunning);
    return cancelled;
  }
}
