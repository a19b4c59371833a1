package io.fleetbreaker.redis;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an operator wants of one provider in the whole fleet, as one operation. Immutable.
 *
 * @param op its id, which no other operation has
 * @param wish what to do
 * @param mode of the override; empty unless {@code wish} is {@link Wish#OVERRIDE}
 * @param operator who wants it
 * @param reason why
 * @param lasting how long the override lasts, zero for without end; how long OPEN lasts after a
 *     trip
 * @param ifRevision the only revision it may be written over; empty for any
 */
public record OperatorRequest(
    String provider,
    String op,
    Wish wish,
    Optional<OverrideMode> mode,
    String operator,
    String reason,
    Duration lasting,
    Optional<RevisionId> ifRevision) {

  /** What an operator may want. */
  public enum Wish {
    /** Open, as if it had tripped. */
    TRIP,
    /** Closed. */
    RESET,
    /** Under an override, in the place of one that may be in force. */
    OVERRIDE,
    /** Under no override. */
    ENABLE
  }

  private static final int MOST_ATTEMPTS = 1_000_000;

  /**
   * Why it cannot be done under this override; empty if it can. A reset below a FORCED_OPEN would
   * close nothing, and a trip below any override would stop nothing, or nothing more.
   */
  Optional<String> refusedUnder(@Nullable FleetOverride override) {
    if (override == null) {
      return Optional.empty();
    }
    boolean refused =
        switch (wish) {
          case RESET -> override.mode() == OverrideMode.FORCED_OPEN;
          case TRIP -> true;
          case OVERRIDE, ENABLE -> false;
        };
    String who = override.operator().isEmpty() ? "" : override.operator() + ": ";
    String inForce = override.mode().wireName() + " (" + who + override.reason() + ")";
    return refused
        ? Optional.of(provider + " is " + inForce + "; enable it first")
        : Optional.empty();
  }

  /**
   * The revision that it makes.
   *
   * @param base what the fleet's state is; null if there is none
   * @param override in force now
   */
  Revision revision(
      RevisionId id,
      List<String> ops,
      @Nullable Revision base,
      @Nullable FleetOverride override,
      String worker,
      long serverMillis) {
    FleetOverride after = overrideAfter(override, serverMillis);
    boolean keeps = wish == Wish.OVERRIDE || wish == Wish.ENABLE;
    if (keeps && base != null) {
      return new Revision(
          id,
          ops,
          base.state(),
          base.sinceMillis(),
          base.openMillis(),
          base.openUntilMillis(),
          base.attempt(),
          reason,
          worker,
          base.failureCount(),
          base.successCount(),
          base.lastFailureMillis(),
          operator,
          after);
    }
    long openMillis = wish == Wish.TRIP ? lasting.toMillis() : 0;
    return new Revision(
        id,
        ops,
        wish == Wish.TRIP ? State.OPEN : State.CLOSED,
        serverMillis,
        openMillis,
        wish == Wish.TRIP ? serverMillis + openMillis : 0,
        attempt(base),
        reason,
        worker,
        wish == Wish.RESET || base == null ? 0 : base.failureCount(),
        0,
        base == null ? 0 : base.lastFailureMillis(),
        operator,
        after);
  }

  private int attempt(@Nullable Revision base) {
    int before = base == null ? 0 : base.attempt();
    return switch (wish) {
      case TRIP -> Math.min(before, MOST_ATTEMPTS) + 1;
      case RESET -> 0;
      case OVERRIDE, ENABLE -> before;
    };
  }

  private @Nullable FleetOverride overrideAfter(
      @Nullable FleetOverride override, long serverMillis) {
    return switch (wish) {
      case TRIP, RESET -> override;
      case ENABLE -> null;
      case OVERRIDE ->
          new FleetOverride(
              mode.orElseThrow(),
              reason,
              operator,
              serverMillis,
              lasting.isZero() ? 0 : serverMillis + lasting.toMillis(),
              op);
    };
  }
}
