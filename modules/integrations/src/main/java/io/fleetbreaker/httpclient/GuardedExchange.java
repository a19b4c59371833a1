package io.fleetbreaker.httpclient;

import io.fleetbreaker.Outcome;
import io.fleetbreaker.Permit;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of a guarded exchange: completes as the client's own does, but not before the outcome
 * is counted. Who ends it earlier ends the exchange: nobody would close the response's body.
 */
final class GuardedExchange<T> extends CompletableFuture<HttpResponse<T>>
    implements BiConsumer<@Nullable HttpResponse<T>, @Nullable Throwable> {
  private final CompletableFuture<HttpResponse<T>> exchange;
  private final Permit permit;
  private final Function<? super HttpResponse<?>, @Nullable Outcome> rule;

  private GuardedExchange(
      CompletableFuture<HttpResponse<T>> exchange,
      Permit permit,
      Function<? super HttpResponse<?>, @Nullable Outcome> rule) {
    this.exchange = exchange;
    this.permit = permit;
    this.rule = rule;
  }

  /** Starts the exchange; it settles the permit when it has ended. */
  static <T> CompletableFuture<HttpResponse<T>> start(
      Supplier<CompletableFuture<HttpResponse<T>>> supplier,
      Permit permit,
      Function<? super HttpResponse<?>, @Nullable Outcome> rule) {
    CompletableFuture<HttpResponse<T>> exchange;
    try {
      exchange = supplier.get();
    } catch (Throwable e) {
      settle(permit, e);
      return CompletableFuture.failedFuture(e);
    }
    GuardedExchange<T> guarded = new GuardedExchange<>(exchange, permit, rule);
    CompletableFuture<HttpResponse<T>> unused = exchange.whenComplete(guarded);
    return guarded;
  }

  /** Counts a response as {@code rule} says, or by its status. */
  static void settle(
      Permit permit,
      HttpResponse<?> response,
      Function<? super HttpResponse<?>, @Nullable Outcome> rule) {
    Outcome told = null;
    try {
      told = rule.apply(response);
    } finally {
      permit.settle(told == null ? HttpResponses.outcome(response) : told);
    }
  }

  /** Counts an exception as the provider's classifier says. */
  static void settle(Permit permit, Throwable thrown) {
    Throwable error =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (error instanceof IllegalArgumentException) {
      // The request is wrong, and the provider has never seen it.
      permit.ignore();
    } else {
      permit.error(error);
    }
  }

  @Override
  public void accept(@Nullable HttpResponse<T> response, @Nullable Throwable error) {
    if (response == null) {
      Throwable cause = error == null ? new NullPointerException("no response") : error;
      settle(permit, cause);
      super.completeExceptionally(cause);
      return;
    }
    try {
      settle(permit, response, rule);
    } catch (Throwable e) {
      super.completeExceptionally(e);
      return;
    }
    complete(response);
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    if (isDone()) {
      return false;
    }
    settle(permit, error);
    boolean ended = super.completeExceptionally(error);
    exchange.cancel(true);
    return ended;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    permit.ignore();
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    // Without the permission to interrupt, the JDK's client would let it run on for nobody.
    exchange.cancel(true);
    return cancelled;
  }
}
