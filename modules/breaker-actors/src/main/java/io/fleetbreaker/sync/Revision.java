package io.fleetbreaker.sync;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One committed state of one provider, as the store holds it. Immutable. All times are Redis server
 * milliseconds; no worker's wall clock is in it.
 *
 * @param id its place in the order of commits
 * @param ops ids of the last operations that made revisions of this provider, newest first, at most
 *     {@link #KEPT_OPS}; holds {@code id.op()}
 * @param state the breaker's own state, below an override
 * @param sinceMillis when the state began
 * @param openMillis how long OPEN lasts; 0 unless {@code state} is OPEN
 * @param openUntilMillis when OPEN ends; 0 unless {@code state} is OPEN
 * @param attempt how often in a row the breaker has opened; kept by CLOSED, 0 after a reset
 * @param reason why, for people
 * @param worker id of the worker that made the transition
 * @param failureCount the failures that worker had counted
 * @param successCount the successful probes that worker had counted
 * @param lastFailureMillis when that worker last saw a failure; 0 if never
 * @param operator who made it; empty if the breakers did
 * @param override what callers meet instead of {@code state}, if it has not expired
 */
public record Revision(
    RevisionId id,
    List<String> ops,
    State state,
    long sinceMillis,
    long openMillis,
    long openUntilMillis,
    int attempt,
    String reason,
    String worker,
    int failureCount,
    int successCount,
    long lastFailureMillis,
    String operator,
    @Nullable FleetOverride override) {

  /** How many operation ids a revision remembers. */
  public static final int KEPT_OPS = 8;

  public Revision {
    ops = List.copyOf(ops);
  }

  /** A revision that no operator has made, under no override. */
  public Revision(
      RevisionId id,
      List<String> ops,
      State state,
      long sinceMillis,
      long openMillis,
      long openUntilMillis,
      int attempt,
      String reason,
      String worker,
      int failureCount,
      int successCount,
      long lastFailureMillis) {
    this(
        id,
        ops,
        state,
        sinceMillis,
        openMillis,
        openUntilMillis,
        attempt,
        reason,
        worker,
        failureCount,
        successCount,
        lastFailureMillis,
        "",
        null);
  }

  /** What callers meet as long as the override is in force. */
  public State effectiveState() {
    if (override == null) {
      return state;
    }
    return override.mode() == OverrideMode.FORCED_OPEN ? State.OPEN : State.CLOSED;
  }

  /** The same OPEN, ending at another time. */
  public Revision withOpenUntil(long serverMillis) {
    return new Revision(
        id,
        ops,
        state,
        sinceMillis,
        openMillis,
        serverMillis,
        attempt,
        reason,
        worker,
        failureCount,
        successCount,
        lastFailureMillis,
        operator,
        override);
  }

  /** The same state under another override, or none. */
  public Revision withOverride(@Nullable FleetOverride next) {
    return new Revision(
        id,
        ops,
        state,
        sinceMillis,
        openMillis,
        openUntilMillis,
        attempt,
        reason,
        worker,
        failureCount,
        successCount,
        lastFailureMillis,
        operator,
        next);
  }
}
