package io.fleetbreaker;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Guards the calls to one provider on one worker. Thread-safe.
 *
 * <p>No method waits for another worker, for an actor or for Redis, with one exception: when the
 * open time is over, or the fleet probes the provider, {@link #call}, {@link #run} and {@link
 * #callAsync} wait up to {@link ProviderSettings#probeWait} while the fleet is asked whether this
 * call may be a probe. At most {@link ProviderSettings#halfOpenMaxCalls} calls wait at once. A
 * thread that is interrupted meanwhile is refused, and stays interrupted.
 *
 * <pre>{@code
 * String answer = breaker.call(() -> "an answer");
 * String other = breaker.callWithFallback(() -> "an answer", e -> "not now: " + e.getMessage());
 * CompletionStage<String> later =
 *     breaker.callAsync(() -> CompletableFuture.supplyAsync(() -> "an answer"));
 * assert later.toCompletableFuture().get().equals(answer);
 * }</pre>
 */
public interface CircuitBreaker {
  /** The provider's name. */
  String provider();

  /** How this breaker behaves. */
  ProviderSettings settings();

  /**
   * Permission to make one call, or empty if the breaker refuses. Never waits, but has the fleet
   * asked for a probe if that is what is missing: try again when {@link #onPermitAvailable} says
   * so. Settle the permit once.
   */
  Optional<Permit> tryAcquire();

  /**
   * Whether {@link #tryAcquire} would just now give a permit, or have the fleet asked for one;
   * another thread may be faster. Asking this counts as no rejection.
   */
  boolean isPermitAvailable();

  /**
   * Has {@code listener} run each time that permits can be had or asked for which could not be
   * before: the open time is over, the breaker has half-opened or closed, a place for a probe has
   * come or come back, the fleet may be asked again, an override has changed. It runs on the thread
   * that made it so, a calling thread or the breaker's own: it must be short and must not block.
   * What it throws is logged and otherwise ignored. Who asks {@link #isPermitAvailable} after this
   * returns misses nothing.
   */
  Subscription onPermitAvailable(Runnable listener);

  /** What this worker sees of the provider now. */
  BreakerView view();

  /** The exception that says why the breaker refuses now. */
  CallNotPermittedException refusal();

  /**
   * Makes the call if the breaker admits it. The provider's {@link OutcomeClassifier} says how its
   * result or exception counts.
   *
   * @throws CallNotPermittedException if the breaker refuses; the call was not made
   * @throws Exception whatever the call throws
   */
  <T> T call(Callable<T> call) throws Exception;

  /** As {@link #call}, for a call without a result that throws no checked exception. */
  void run(Runnable call);

  /**
   * Makes an asynchronous call if the breaker admits it. It lasts until its stage completes. While
   * it waits to be a probe no thread is blocked; it is then made on the default executor of {@link
   * java.util.concurrent.CompletableFuture}.
   *
   * <p>The stage returned completes as the call's does, once the outcome is counted; if the breaker
   * refuses, it has failed with {@link CallNotPermittedException}. What {@code call} throws fails
   * it too: this method throws nothing. Cancelling it cancels the call's stage and is ignored; a
   * {@code orTimeout} on it counts as a failure.
   */
  <T> CompletionStage<T> callAsync(Supplier<? extends CompletionStage<T>> call);

  /**
   * As {@link #call}, and answers with {@code fallback} if the breaker refuses or the call throws
   * an exception. It is given that exception. An {@link InterruptedException} is thrown, not given.
   *
   * @throws InterruptedException if the call was interrupted
   */
  default <T> T callWithFallback(
      Callable<? extends T> call, Function<? super Exception, ? extends T> fallback)
      throws InterruptedException {
    try {
      return this.<T>call(call::call);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return fallback.apply(e);
    }
  }

  /**
   * As {@link #callAsync}, and goes on with {@code fallback} if the breaker refuses or the call
   * fails. It is given the exception, without the wrapper that stages put around it.
   */
  <T> CompletionStage<T> callAsyncWithFallback(
      Supplier<? extends CompletionStage<T>> call,
      Function<? super Throwable, ? extends CompletionStage<T>> fallback);

  /** Tells listeners of this breaker's transitions, rejections and outcomes. */
  BreakerEvents events();

  /** Has {@code observer} count this breaker's calls from now on. */
  Subscription observe(CallObserver observer);
}
