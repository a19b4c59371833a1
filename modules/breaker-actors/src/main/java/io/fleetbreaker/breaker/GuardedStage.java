package io.fleetbreaker.breaker;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.Permit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The stage of a guarded asynchronous call: completes as the call's own does, but not before its
 * outcome is counted. Who ends it earlier, by cancelling or with an exception such as that of a
 * time-out, has that counted instead.
 */
final class GuardedStage<T> extends CompletableFuture<T>
    implements BiConsumer<T, @Nullable Throwable> {
  private final Permit permit;
  private final CompletionStage<T> call;

  private GuardedStage(Permit permit, CompletionStage<T> call) {
    this.permit = permit;
    this.call = call;
  }

  static <T> CompletionStage<T> refused(CallNotPermittedException refusal) {
    return CompletableFuture.failedFuture(refusal);
  }

  /** Makes the call and settles the permit when it has ended. */
  static <T> CompletionStage<T> of(Supplier<? extends CompletionStage<T>> supplier, Permit permit) {
    @Nullable CompletionStage<T> call;
    try {
      call = supplier.get();
    } catch (Throwable e) {
      permit.error(e);
      return CompletableFuture.failedFuture(e);
    }
    if (call == null) {
      permit.ignore();
      return CompletableFuture.failedFuture(
          new NullPointerException("the guarded call returned null instead of a stage"));
    }
    if (call.getClass() == CompletableFuture.class && hasResult(call.toCompletableFuture())) {
      permit.result(call.toCompletableFuture().join());
      return call;
    }
    GuardedStage<T> guarded = new GuardedStage<>(permit, call);
    call.whenComplete(guarded);
    return guarded;
  }

  /** Not for subclasses: the JDK's own minimal stage is one, and throws at each question. */
  private static boolean hasResult(CompletableFuture<?> future) {
    return future.isDone() && !future.isCompletedExceptionally();
  }

  @Override
  public void accept(T result, @Nullable Throwable error) {
    if (error == null) {
      permit.result(result);
      complete(result);
    } else {
      completeExceptionally(error);
    }
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    permit.error(error);
    return super.completeExceptionally(error);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    permit.ignore();
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    try {
      call.toCompletableFuture().cancel(mayInterruptIfRunning);
    } catch (UnsupportedOperationException e) {
      // A stage that cannot be cancelled goes on for nobody.
      return cancelled;
    }
    return cancelled;
  }
}
