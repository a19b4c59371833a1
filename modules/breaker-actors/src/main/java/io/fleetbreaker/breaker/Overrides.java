package io.fleetbreaker.breaker;

import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What operators want of one breaker, besides what calls make of it. Immutable.
 *
 * @param fleet the override of the fleet's revision, and stronger than this worker's own
 * @param local an override of this worker alone
 * @param masked the operation of a fleet's override that an operator has put aside on this worker
 *     alone; null if there is none
 */
record Overrides(
    @Nullable ManualOverride fleet, @Nullable ManualOverride local, @Nullable String masked) {
  static final Overrides NONE = new Overrides(null, null, null);

  /** What is left is known to a few milliseconds; less of a difference says nothing. */
  private static final long EARLIER_NANOS = 100_000_000;

  /** The one in force; null if there is none. */
  @Nullable ManualOverride effective() {
    return fleet == null || isMasked() ? local : fleet;
  }

  /** Whether the fleet is under an override that is not in force here. */
  boolean isMasked() {
    return fleet != null && fleet.op().equals(masked);
  }

  /** Whether the fleet's override is this very one. */
  boolean isFleets(@Nullable ManualOverride override) {
    return Objects.equals(fleet, override);
  }

  /** With another override of this worker, or none, below the fleet's. */
  Overrides withLocal(@Nullable ManualOverride next) {
    return new Overrides(fleet, next, null);
  }

  /** With another override of this worker, or none, in the place of the fleet's. */
  Overrides withLocalInstead(@Nullable ManualOverride next) {
    return new Overrides(fleet, next, fleet == null ? null : fleet.op());
  }

  Overrides withoutFleet() {
    return new Overrides(null, local, null);
  }

  /** With the fleet's override that others have. */
  Overrides withFleetOf(Overrides others) {
    return new Overrides(others.fleet, local, others.masked);
  }

  /** Without those that have ended by themselves. */
  Overrides unexpired(long nowNanos) {
    boolean fleetEnds = fleet != null && fleet.isOver(nowNanos);
    boolean localEnds = local != null && local.isOver(nowNanos);
    return fleetEnds || localEnds
        ? new Overrides(fleetEnds ? null : fleet, localEnds ? null : local, masked)
        : this;
  }

  /**
   * With the override of a revision of the fleet, or none. One that is known already ends no later
   * than was known. What this worker alone was told to do in the place of an operation, because the
   * store did not answer, is over when the operation turns out to be committed.
   *
   * @param left what is left of the revision's override; zero if it is over or has no end
   */
  Overrides following(Revision revision, Duration left, long nowNanos) {
    ManualOverride next = fleetsOf(revision.override(), left, nowNanos);
    ManualOverride kept =
        local != null && !local.op().isEmpty() && revision.ops().contains(local.op())
            ? null
            : local;
    String aside = next != null && next.op().equals(masked) ? masked : null;
    return new Overrides(next, kept, aside);
  }

  private @Nullable ManualOverride fleetsOf(
      @Nullable FleetOverride override, Duration left, long nowNanos) {
    if (override == null || (!override.isEndless() && left.isZero())) {
      return null;
    }
    Long until = override.isEndless() ? null : (Long) (nowNanos + left.toNanos());
    if (fleet != null && fleet.op().equals(override.op()) && fleet.mode() == override.mode()) {
      Long known = fleet.untilNanos();
      // Only an event, which is not believed for ever, gives an end to what has none.
      boolean differs = known == null ? until != null : until == null;
      boolean sooner = known != null && until != null && until - known < -EARLIER_NANOS;
      return differs || sooner ? fleet.until(until) : fleet;
    }
    return Transitions.printable(
        new ManualOverride(
            override.mode(),
            override.reason(),
            nowNanos,
            until,
            override.operator(),
            override.op(),
            true));
  }
}
