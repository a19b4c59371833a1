package io.fleetbreaker.sync;

import io.fleetbreaker.State;
import java.time.Duration;

/**
 * A transition that one worker has made locally and wants the fleet to commit. Immutable.
 *
 * @param sequence counts the proposals of one breaker in one JVM; a later one replaces an earlier
 * @param kind which rule decides whether it still holds when the fleet has moved on
 * @param state the state proposed
 * @param basedOn the revision the worker held when it made the transition
 * @param atNanos when the transition was made, on the worker's monotonic clock
 * @param openFor how long OPEN lasts from {@code atNanos}; zero unless {@code state} is OPEN
 * @param attempt how often in a row the breaker has opened
 * @param reason why, for people
 * @param failureCount failures counted by this worker
 * @param successCount successful probes counted by this worker
 * @param lastFailureMillis wall clock of this worker's last failure, 0 if none
 */
public record Proposal(
    long sequence,
    Kind kind,
    State state,
    RevisionId basedOn,
    long atNanos,
    Duration openFor,
    int attempt,
    String reason,
    int failureCount,
    int successCount,
    long lastFailureMillis) {

  /** What a proposal may do when the store holds another revision than the one it is based on. */
  public enum Kind {
    /** Fresh failure evidence: rebases and commits while it is fresh. */
    TRIP,
    /** The open time has passed: commits on its base only. */
    HALF_OPEN,
    /** Probes succeeded: commits on its base only. */
    CLOSE,
    /** An operator's reset: rebases. */
    RESET
  }

  /** This proposal on another base. */
  public Proposal rebasedOn(RevisionId base) {
    return new Proposal(
        sequence,
        kind,
        state,
        base,
        atNanos,
        openFor,
        attempt,
        reason,
        failureCount,
        successCount,
        lastFailureMillis);
  }

  /** Whether the open time of a trip has not passed at {@code nowNanos}. */
  public boolean isFresh(long nowNanos) {
    return state == State.OPEN && nowNanos - atNanos < openFor.toNanos();
  }
}
