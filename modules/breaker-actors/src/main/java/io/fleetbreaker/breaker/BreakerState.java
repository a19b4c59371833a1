package io.fleetbreaker.breaker;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * All that a {@link ProviderBreaker} knows about its provider between two messages. Immutable.
 *
 * @param state the local state
 * @param generation grows with each change that calling threads must notice
 * @param sinceNanos when the state began, on the monotonic clock
 * @param deadlineNanos when OPEN ends or a half-open round is dealt anew; meaningless in CLOSED
 * @param due whether OPEN has lasted long enough, and the next call may ask for a probe
 * @param attempt how often in a row the breaker has opened; CLOSED keeps it until it is stable
 * @param probeSuccesses successful probes of this half-open round
 * @param reason why, for people
 * @param held the fleet's last revision that this worker has adopted or committed
 * @param sequence of the last proposal made
 * @param pending the local transition that the fleet has not settled yet
 * @param beforeHint where to return to if the hint that opened this breaker is not confirmed
 * @param overrides what callers may meet instead of {@code state}
 */
record BreakerState(
    State state,
    long generation,
    long sinceNanos,
    long deadlineNanos,
    boolean due,
    int attempt,
    int probeSuccesses,
    String reason,
    RevisionId held,
    long sequence,
    @Nullable Proposal pending,
    @Nullable BreakerState beforeHint,
    Overrides overrides) {

  /** A breaker that has just been made. */
  static BreakerState initial(long nowNanos) {
    return new BreakerState(
        State.CLOSED,
        0,
        nowNanos,
        nowNanos,
        false,
        0,
        0,
        "started",
        RevisionId.NONE,
        0,
        null,
        null,
        Overrides.NONE);
  }

  /** A breaker that nobody moves any more. */
  static BreakerState unattended(long generation, long nowNanos, RevisionId held) {
    return new BreakerState(
        State.CLOSED,
        generation,
        nowNanos,
        nowNanos,
        false,
        0,
        0,
        "unattended: the fleet was closed, or its actor system has ended",
        held,
        0,
        null,
        null,
        Overrides.NONE);
  }

  /** The override in force; null if there is none. */
  @Nullable ManualOverride override() {
    return overrides.effective();
  }

  /** What callers meet. */
  State effectiveState() {
    ManualOverride override = override();
    if (override == null) {
      return state;
    }
    return override.mode() == OverrideMode.FORCED_OPEN ? State.OPEN : State.CLOSED;
  }

  /**
   * When time itself moves this state; never, if it is CLOSED or due or under an override without
   * end.
   */
  OptionalLong nextDeadline() {
    ManualOverride override = override();
    if (override != null) {
      Long until = override.untilNanos();
      return until == null ? OptionalLong.empty() : OptionalLong.of(until);
    }
    return state == State.CLOSED || due ? OptionalLong.empty() : OptionalLong.of(deadlineNanos);
  }

  /** Whether calls may ask the fleet for a probe. */
  boolean mayProbe() {
    return override() == null && (due || state == State.HALF_OPEN);
  }

  /** Whether this is the fleet's state, and not only this worker's. */
  boolean isShared(long nowNanos) {
    return pending == null && beforeHint == null && !overrides.unexpired(nowNanos).isMasked();
  }

  /** How much of OPEN is left; zero when not OPEN or overdue. */
  Duration remaining(long nowNanos) {
    long left = state == State.OPEN ? deadlineNanos - nowNanos : 0;
    return Duration.ofNanos(Math.max(0, left));
  }

  /** How long calls are still refused; zero if they are not, or forced open without end. */
  Duration refusesFor(long nowNanos) {
    ManualOverride override = override();
    if (override == null) {
      return remaining(nowNanos);
    }
    return override.mode() == OverrideMode.FORCED_OPEN
        ? override.remaining(nowNanos)
        : Duration.ZERO;
  }

  /** The next state, seen by callers as a new generation. */
  BreakerState enter(State next, long nowNanos, long deadline, int nextAttempt, String why) {
    return new BreakerState(
        next,
        generation + 1,
        nowNanos,
        deadline,
        false,
        nextAttempt,
        0,
        why,
        held,
        sequence,
        pending,
        null,
        overrides);
  }

  /** The same OPEN, of which nothing is left; seen by callers as a new generation. */
  BreakerState becomeDue() {
    return new BreakerState(
        state,
        generation + 1,
        sinceNanos,
        deadlineNanos,
        true,
        attempt,
        probeSuccesses,
        reason,
        held,
        sequence,
        pending,
        beforeHint,
        overrides);
  }

  /** The same state under other overrides, seen by callers as a new generation. */
  BreakerState enterUnder(Overrides next) {
    return new BreakerState(
        state,
        generation + 1,
        sinceNanos,
        deadlineNanos,
        due,
        attempt,
        probeSuccesses,
        reason,
        held,
        sequence,
        pending,
        beforeHint,
        next);
  }

  BreakerState withHeld(RevisionId revision) {
    return copy(attempt, probeSuccesses, revision, sequence, pending, beforeHint);
  }

  BreakerState withPending(Proposal proposal) {
    return copy(attempt, probeSuccesses, held, proposal.sequence(), proposal, beforeHint);
  }

  BreakerState withoutPending() {
    return copy(attempt, probeSuccesses, held, sequence, null, beforeHint);
  }

  BreakerState withProbeSuccesses(int count) {
    return copy(attempt, count, held, sequence, pending, beforeHint);
  }

  BreakerState withBeforeHint(@Nullable BreakerState before) {
    return copy(attempt, probeSuccesses, held, sequence, pending, before);
  }

  BreakerState withAttempt(int count) {
    return copy(count, probeSuccesses, held, sequence, pending, beforeHint);
  }

  BreakerState withDeadline(long deadline) {
    return new BreakerState(
        state,
        generation,
        sinceNanos,
        deadline,
        due,
        attempt,
        probeSuccesses,
        reason,
        held,
        sequence,
        pending,
        beforeHint,
        overrides);
  }

  /** Under overrides that make no difference to callers now. */
  BreakerState withOverrides(Overrides next) {
    return new BreakerState(
        state,
        generation,
        sinceNanos,
        deadlineNanos,
        due,
        attempt,
        probeSuccesses,
        reason,
        held,
        sequence,
        pending,
        beforeHint,
        next);
  }

  private BreakerState copy(
      int newAttempt,
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
        due,
        newAttempt,
        newProbeSuccesses,
        reason,
        newHeld,
        newSequence,
        newPending,
        newBeforeHint,
        overrides);
  }
}
