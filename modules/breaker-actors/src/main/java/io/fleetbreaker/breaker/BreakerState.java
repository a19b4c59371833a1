package io.fleetbreaker.breaker;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * All that a {@link ProviderBreaker} knows about its provider between two messages. Immutable.
 *
 * @param state the local state
 * @param generation grows with each change that calling threads must notice
 * @param sinceNanos when the state began, on the monotonic clock
 * @param deadlineNanos when OPEN ends or a half-open round is dealt anew; meaningless in CLOSED
 * @param attempt how often in a row the breaker has opened
 * @param probeSuccesses successful probes of this half-open round
 * @param reason why, for people
 * @param held the fleet's last revision that this worker has adopted or committed
 * @param sequence of the last proposal made
 * @param pending the local transition that the fleet has not settled yet
 * @param beforeHint where to return to if the hint that opened this breaker is not confirmed
 */
record BreakerState(
    State state,
    long generation,
    long sinceNanos,
    long deadlineNanos,
    int attempt,
    int probeSuccesses,
    String reason,
    RevisionId held,
    long sequence,
    @Nullable Proposal pending,
    @Nullable BreakerState beforeHint) {

  /** A breaker that has just been made. */
  static BreakerState initial(long nowNanos) {
    return new BreakerState(
        State.CLOSED, 0, nowNanos, nowNanos, 0, 0, "started", RevisionId.NONE, 0, null, null);
  }

  /** Whether this is the fleet's state, and not only this worker's. */
  boolean isShared() {
    return pending == null && beforeHint == null;
  }

  /** How much of OPEN is left; zero when not OPEN or overdue. */
  Duration remaining(long nowNanos) {
    long left = state == State.OPEN ? deadlineNanos - nowNanos : 0;
    return Duration.ofNanos(Math.max(0, left));
  }

  /** The next state, seen by callers as a new generation. */
  BreakerState enter(State next, long nowNanos, long deadline, int nextAttempt, String why) {
    return new BreakerState(
        next,
        generation + 1,
        nowNanos,
        deadline,
        nextAttempt,
        0,
        why,
        held,
        sequence,
        pending,
        null);
  }

  BreakerState withHeld(RevisionId revision) {
    return copy(probeSuccesses, revision, sequence, pending, beforeHint);
  }

  BreakerState withPending(Proposal proposal) {
    return copy(probeSuccesses, held, proposal.sequence(), proposal, beforeHint);
  }

  BreakerState withoutPending() {
    return copy(probeSuccesses, held, sequence, null, beforeHint);
  }

  BreakerState withProbeSuccesses(int count) {
    return copy(count, held, sequence, pending, beforeHint);
  }

  BreakerState withBeforeHint(@Nullable BreakerState before) {
    return copy(probeSuccesses, held, sequence, pending, before);
  }

  BreakerState withDeadline(long deadline) {
    return new BreakerState(
        state,
        generation,
        sinceNanos,
        deadline,
        attempt,
        probeSuccesses,
        reason,
        held,
        sequence,
        pending,
        beforeHint);
  }

  private BreakerState copy(
      int newProbeSuccesses,
      RevisionId newHeld,
      long newSequence,
      @Nullable Proposal newPending,
      @Nullable BreakerState newBeforeHint) {
    return new BreakerState(
        state,
        generation,
        sinceNanos,
        deadlineNanos,
        attempt,
        newProbeSuccesses,
        reason,
        newHeld,
        newSequence,
        newPending,
        newBeforeHint);
  }
}
