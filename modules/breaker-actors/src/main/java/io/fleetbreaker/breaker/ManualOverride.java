package io.fleetbreaker.breaker;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.OverrideView;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An operator's will, in force until it is taken back or has expired. Immutable.
 *
 * @param mode what it does
 * @param reason who wants it and why
 * @param sinceNanos when it began, on the monotonic clock
 * @param untilNanos when it ends by itself; null if it does not
 */
record ManualOverride(
    OverrideMode mode, String reason, long sinceNanos, @Nullable Long untilNanos) {

  /** How long it still lasts; zero if without end or overdue. */
  Duration remaining(long nowNanos) {
    return untilNanos == null
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, untilNanos - nowNanos));
  }

  OverrideView view(long nowNanos) {
    return new OverrideView(
        mode, reason, untilNanos == null ? Optional.empty() : Optional.of(remaining(nowNanos)));
  }
}
