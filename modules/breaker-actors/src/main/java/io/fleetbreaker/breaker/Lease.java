package io.fleetbreaker.breaker;

import io.fleetbreaker.sync.RevisionId;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The place of one probe: lent by the fleet until a time, or dealt by this worker to itself.
 *
 * <p>Thread-safe. Each change is one compare-and-set, so that of a call that ends, a call that
 * wants the place and an actor that takes it away, one has it.
 */
final class Lease {
  private enum Phase {
    FREE,
    TAKEN,
    /** Taken by a call whose result counts; nobody gets the place after it. */
    TAKEN_LAST,
    VOID
  }

  private final @Nullable String token;
  private final RevisionId round;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.FREE);

  /** Written by the actor when the fleet has renewed it; means nothing without a token. */
  private volatile long validUntilNanos;

  private volatile long takenNanos;

  private Lease(@Nullable String token, RevisionId round, long validUntilNanos) {
    this.token = token;
    this.round = round;
    this.validUntilNanos = validUntilNanos;
  }

  /** A free place of the fleet's round. */
  static Lease granted(String token, RevisionId round, long validUntilNanos) {
    return new Lease(token, round, validUntilNanos);
  }

  /** A free place that this worker has dealt to itself. */
  static Lease local() {
    return new Lease(null, RevisionId.NONE, 0);
  }

  /** The fleet's name of it; null if this worker has dealt it. */
  @Nullable String token() {
    return token;
  }

  /** The fleet's round it belongs to; {@link RevisionId#NONE} if this worker has dealt it. */
  RevisionId round() {
    return round;
  }

  /** Whether what becomes of the probe no longer says anything. */
  boolean hasPassed(long nowNanos) {
    return token != null && nowNanos - validUntilNanos >= 0;
  }

  void renew(long untilNanos) {
    validUntilNanos = untilNanos;
  }

  /** Whether the call that has it has been running for longer than this. */
  boolean isTakenFor(long longestNanos, long nowNanos) {
    return phase.get() == Phase.TAKEN && nowNanos - takenNanos > longestNanos;
  }

  boolean isFree(long nowNanos) {
    return phase.get() == Phase.FREE && !hasPassed(nowNanos);
  }

  /**
   * For one call; false if it is not free or has passed. One that has passed is left to the actor:
   * a renewal may still be on its way, and the fleet must then hear that nobody uses it.
   */
  boolean take(long nowNanos) {
    if (hasPassed(nowNanos)) {
      return false;
    }
    takenNanos = nowNanos;
    return phase.compareAndSet(Phase.FREE, Phase.TAKEN);
  }

  /** The call gives it back for another one; false if there is to be none. */
  boolean free() {
    return phase.compareAndSet(Phase.TAKEN, Phase.FREE);
  }

  /** The call has ended and the place with it; false if what it brings does not count. */
  boolean end() {
    return phase.compareAndSet(Phase.TAKEN, Phase.VOID)
        || phase.compareAndSet(Phase.TAKEN_LAST, Phase.VOID);
  }

  /** Ends a place that no call has; false if one has it, or it has ended. */
  boolean withdraw() {
    return phase.compareAndSet(Phase.FREE, Phase.VOID);
  }

  /** Whoever has it is the last. */
  void withdrawAfterCall() {
    if (!withdraw()) {
      phase.compareAndSet(Phase.TAKEN, Phase.TAKEN_LAST);
    }
  }

  /** Ends it whoever has it; false if it has ended. */
  boolean revoke() {
    return withdraw() || end();
  }
}
