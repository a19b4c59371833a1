package io.fleetbreaker;

import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * Guards the calls to one provider on one worker. Thread-safe. No method waits for another worker,
 * for an actor or for Redis.
 */
public interface CircuitBreaker {
  /** The provider's name. */
  String provider();

  /** Permission to make one call, or empty if the breaker refuses. Settle the permit once. */
  Optional<Permit> tryAcquire();

  /** What this worker sees of the provider now. */
  BreakerView view();

  /** The exception that says why the breaker refuses now. */
  CallNotPermittedException refusal();

  /**
   * Makes the call if the breaker admits it. An exception counts as a failure, an {@link Error} or
   * an {@link InterruptedException} says nothing about the provider.
   *
   * @throws CallNotPermittedException if the breaker refuses; the call was not made
   * @throws Exception whatever the call throws
   */
  <T> T call(Callable<T> call) throws Exception;

  /** As {@link #call}, for a call without a result that throws no checked exception. */
  void run(Runnable call);
}
