package io.fleetbreaker;

import org.jspecify.annotations.Nullable;

/**
 * The right to make one call. Settle it exactly once, with what became of the call; settling again
 * does nothing. A permit may be settled by another thread than the one that took it. The time
 * between taking and settling is the duration of the call.
 *
 * <pre>{@code
 * Permit permit = breaker.tryAcquire().orElseThrow(breaker::refusal);
 * try {
 *   String answer = String.join(" ", "an", "answer");
 *   permit.result(answer);
 * } catch (Exception e) {
 *   permit.error(e);
 *   throw e;
 * }
 * assert breaker.view().counts().successful() == 1;
 * }</pre>
 */
public interface Permit {
  /** The call ended so. */
  void settle(Outcome outcome);

  /** The call returned this; the provider's {@link OutcomeClassifier} says how it counts. */
  void result(@Nullable Object result);

  /** The call threw this; the provider's {@link OutcomeClassifier} says how it counts. */
  void error(Throwable thrown);

  /** The call succeeded. */
  default void success() {
    settle(Outcome.success());
  }

  /** The call failed in a way that counts against the provider. */
  default void failure() {
    settle(Outcome.failure());
  }

  /** The call said nothing about the provider: neither success nor failure. */
  default void ignore() {
    settle(Outcome.ignored());
  }
}
