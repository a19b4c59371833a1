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
 * @param operator who wanted it; empty if nobody was named
 * @param op id of the operation that set it; empty if it was never meant for the fleet
 * @param shared whether it is the fleet's
 */
record ManualOverride(
    OverrideMode mode,
    String reason,
    long sinceNanos,
    @Nullable Long untilNanos,
    String operator,
    String op,
    boolean shared) {

  /** An override of this worker alone. */
  ManualOverride(OverrideMode mode, String reason, long sinceNanos, @Nullable Long untilNanos) {
    this(mode, reason, sinceNanos, untilNanos, "", "", false);
  }

  /** Whether callers meet the same, though perhaps for longer. */
  static boolean areSame(@Nullable ManualOverride one, @Nullable ManualOverride other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.mode == other.mode
        && one.op.equals(other.op)
        && one.shared == other.shared
        && one.sinceNanos == other.sinceNanos;
  }

  boolean isForcedOpen() {
    return mode == OverrideMode.FORCED_OPEN;
  }

  boolean isOver(long nowNanos) {
    return untilNanos != null && nowNanos - untilNanos >= 0;
  }

  /** The same, ending by itself at another time. */
  ManualOverride until(@Nullable Long nanos) {
    return new ManualOverride(mode, reason, sinceNanos, nanos, operator, op, shared);
  }

  /** How long it still lasts; zero if without end or overdue. */
  Duration remaining(long nowNanos) {
    return untilNanos == null
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, untilNanos - nowNanos));
  }

  OverrideView view(long nowNanos) {
    return new OverrideView(
        mode,
        reason,
        operator,
        untilNanos == null ? Optional.empty() : Optional.of(remaining(nowNanos)),
        shared);
  }
}
