package io.fleetbreaker.breaker;

import io.fleetbreaker.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why a breaker should open. Immutable.
 *
 * @param reason for people
 * @param retryAfter when the provider itself wants to be called again; null if it did not say
 */
record Trip(String reason, @Nullable Duration retryAfter) {
  Trip(String reason) {
    this(reason, null);
  }

  /** This trip, with what the outcome that brought it says of the provider. */
  Trip by(Outcome outcome) {
    String because = outcome.reason().isEmpty() ? reason : reason + " (" + outcome.reason() + ")";
    return new Trip(because, outcome.retryAfter().orElse(null));
  }
}
