package io.fleetbreaker.sync;

import io.fleetbreaker.State;
import java.util.List;

/**
 * One committed state of one provider, as the store holds it. Immutable. All times are Redis server
 * milliseconds; no worker's wall clock is in it.
 *
 * @param id its place in the order of commits
 * @param ops ids of the last operations that made revisions of this provider, newest first, at most
 *     {@link #KEPT_OPS}; holds {@code id.op()}
 * @param state the state committed
 * @param sinceMillis when the state began
 * @param openMillis how long OPEN lasts; 0 unless {@code state} is OPEN
 * @param openUntilMillis when OPEN ends; 0 unless {@code state} is OPEN
 * @param attempt how often in a row the breaker has opened; kept by CLOSED, 0 after a reset
 * @param reason why, for people
 * @param worker id of the worker that made the transition
 * @param failureCount the failures that worker had counted
 * @param successCount the successful probes that worker had counted
 * @param lastFailureMillis when that worker last saw a failure; 0 if never
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
    long lastFailureMillis) {

  /** How many operation ids a revision remembers. */
  public static final int KEPT_OPS = 8;

  public Revision {
    ops = List.copyOf(ops);
  }
}
