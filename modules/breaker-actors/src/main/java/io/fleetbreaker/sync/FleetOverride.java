package io.fleetbreaker.sync;

import io.fleetbreaker.OverrideMode;

/**
 * An operator's will for the whole fleet, as a committed revision carries it. Immutable. All times
 * are Redis server milliseconds.
 *
 * @param mode what it does
 * @param reason why, for people
 * @param operator who wanted it; empty if nobody was named
 * @param sinceMillis when it was committed
 * @param untilMillis when it ends by itself; 0 if not before somebody ends it
 * @param op id of the operation that set it: two overrides with one op are one
 */
public record FleetOverride(
    OverrideMode mode,
    String reason,
    String operator,
    long sinceMillis,
    long untilMillis,
    String op) {

  /** Whether it lasts until somebody ends it. */
  public boolean isEndless() {
    return untilMillis == 0;
  }

  /** Whether it has not ended by itself at this server time. */
  public boolean isInForce(long serverMillis) {
    return isEndless() || millisLeft(serverMillis) > 0;
  }

  /**
   * How long it still lasts; 0 if it is over or has no end. Never longer than it lasts altogether,
   * however far the server's clock has stepped back.
   */
  public long millisLeft(long serverMillis) {
    return Math.max(0, Math.min(untilMillis - serverMillis, untilMillis - sinceMillis));
  }
}
