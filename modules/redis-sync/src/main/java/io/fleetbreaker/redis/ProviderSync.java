package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a sync actor knows about one provider between two messages. Immutable.
 *
 * @param held the newest revision read from the key or committed by this worker
 * @param heldUntilNanos when the held OPEN ends, on this worker's monotonic clock
 * @param overrideUntilNanos when the held override ends, on this worker's monotonic clock; means
 *     nothing if it has no end
 * @param own which proposal the held revision is, if this worker committed it
 * @param wanted the breaker's latest proposal that is not settled
 * @param flight the commit under way
 * @param unresolved a commit of which nobody knows whether it reached the store
 * @param hint what events have told and the key has not confirmed
 * @param reads the reads of the key under way
 */
record ProviderSync(
    @Nullable Revision held,
    long heldUntilNanos,
    long overrideUntilNanos,
    @Nullable Own own,
    @Nullable Proposal wanted,
    @Nullable Flight flight,
    @Nullable Flight unresolved,
    Hint hint,
    Reads reads) {

  /**
   * One commit.
   *
   * @param op its operation id
   * @param sequence the number of the proposal, 0 for a re-assertion
   * @param expected the revision it is to be written over
   * @param basedOn what the breaker held when it made the proposal; null for a re-assertion
   */
  record Flight(String op, long sequence, RevisionId expected, @Nullable RevisionId basedOn) {}

  /**
   * A proposal that has been committed. A restart of the breaker may make it again; and one that
   * the breaker made before it knew of the commit has the same base.
   */
  record Own(long sequence, RevisionId basedOn) {}

  /**
   * The fast path of a provider.
   *
   * @param told the revision that stopped traffic and is not confirmed
   * @param resting whether the key has disproved an event lately
   * @param restsUntilNanos until then events are not believed before the key has been read
   */
  record Hint(@Nullable RevisionId told, boolean resting, long restsUntilNanos) {
    static final Hint NONE = new Hint(null, false, 0);

    boolean rests(long nowNanos) {
      return resting && restsUntilNanos - nowNanos > 0;
    }
  }

  /**
   * Reads of the key.
   *
   * @param underWay whether one is under way
   * @param again whether something has happened since it began, so that another must follow
   * @param missed whether one was answered during a commit, and its answer not used
   */
  record Reads(boolean underWay, boolean again, boolean missed) {
    static final Reads NONE = new Reads(false, false, false);
  }

  static final ProviderSync UNKNOWN =
      new ProviderSync(null, 0, 0, null, null, null, null, Hint.NONE, Reads.NONE);

  RevisionId heldId() {
    return held == null ? RevisionId.NONE : held.id();
  }

  /** What is left of the held OPEN; zero if none is held or it is over. */
  Duration heldRemaining(long nowNanos) {
    boolean open = held != null && held.openMillis() > 0;
    return Duration.ofNanos(open ? Math.max(0, heldUntilNanos - nowNanos) : 0);
  }

  /** The held override, if this worker's clock does not say that it is over. */
  @Nullable FleetOverride override(long nowNanos) {
    FleetOverride override = held == null ? null : held.override();
    boolean over = override != null && !override.isEndless() && overrideUntilNanos - nowNanos <= 0;
    return over ? null : override;
  }

  /** What is left of the held override; zero if there is none, if it is over, or has no end. */
  Duration overrideLeft(long nowNanos) {
    FleetOverride override = override(nowNanos);
    boolean ends = override != null && !override.isEndless();
    return Duration.ofNanos(ends ? Math.max(0, overrideUntilNanos - nowNanos) : 0);
  }

  /** Whether the fleet is known to be more than plainly CLOSED. */
  boolean isHeldNotClosed(long nowNanos) {
    return held != null && (held.state() != State.CLOSED || override(nowNanos) != null);
  }

  /** Whether nothing is left to settle. */
  boolean isSettled() {
    return wanted == null && flight == null && unresolved == null;
  }

  /** What is left of this when the actor that knew it has restarted. */
  ProviderSync afterRestart() {
    return new ProviderSync(
        held, heldUntilNanos, overrideUntilNanos, own, null, null, null, Hint.NONE, Reads.NONE);
  }

  /** With a newer revision; a hint of something newer still stands. */
  ProviderSync withHeld(
      Revision revision, long untilNanos, long overrideUntil, @Nullable Own committed) {
    return new ProviderSync(
            revision, untilNanos, overrideUntil, committed, wanted, flight, unresolved, hint, reads)
        .withoutOldHint();
  }

  /** Without a hint of what is held by now. */
  ProviderSync withoutOldHint() {
    RevisionId told = hint.told();
    return told != null && !told.isAfter(heldId())
        ? withHint(new Hint(null, hint.resting(), hint.restsUntilNanos()))
        : this;
  }

  ProviderSync withWanted(@Nullable Proposal proposal) {
    return new ProviderSync(
        held, heldUntilNanos, overrideUntilNanos, own, proposal, flight, unresolved, hint, reads);
  }

  ProviderSync withFlight(@Nullable Flight commit) {
    return new ProviderSync(
        held, heldUntilNanos, overrideUntilNanos, own, wanted, commit, unresolved, hint, reads);
  }

  ProviderSync withUnresolved(@Nullable Flight commit) {
    return new ProviderSync(
        held, heldUntilNanos, overrideUntilNanos, own, wanted, flight, commit, hint, reads);
  }

  ProviderSync withHint(Hint next) {
    return new ProviderSync(
        held, heldUntilNanos, overrideUntilNanos, own, wanted, flight, unresolved, next, reads);
  }

  ProviderSync withReads(boolean underWay, boolean again, boolean missed) {
    return new ProviderSync(
        held,
        heldUntilNanos,
        overrideUntilNanos,
        own,
        wanted,
        flight,
        unresolved,
        hint,
        new Reads(underWay, again, missed));
  }
}
