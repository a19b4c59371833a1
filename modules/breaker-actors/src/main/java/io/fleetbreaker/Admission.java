package io.fleetbreaker;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A permit, and the breaker that gave it. */
record Admission(CircuitBreaker breaker, Permit permit) {

  /** The permit of the first of {@code breakers} that has one; null if none has. */
  static @Nullable Admission ofFirst(List<CircuitBreaker> breakers) {
    for (CircuitBreaker breaker : breakers) {
      Admission admission = breaker.isPermitAvailable() ? of(breaker) : null;
      if (admission != null) {
        return admission;
      }
    }
    return null;
  }

  /** The breaker's permit; null if it refuses. */
  static @Nullable Admission of(CircuitBreaker breaker) {
    Optional<Permit> permit = breaker.tryAcquire();
    return permit.isPresent() ? new Admission(breaker, permit.get()) : null;
  }

  String provider() {
    return breaker.provider();
  }
}
