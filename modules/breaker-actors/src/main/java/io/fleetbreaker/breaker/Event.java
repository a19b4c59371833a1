package io.fleetbreaker.breaker;

import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What can happen to a {@link BreakerState}. Immutable. */
sealed interface Event {
  /** What this worker has counted, as the gate knew it when the event was made. */
  record Counts(int failures, long lastFailureMillis) {
    static final Counts NONE = new Counts(0, 0);
  }

  /** The gate's fuse has blown. */
  record FuseBlown(long generation, Counts counts, Trip trip) implements Event {}

  record ProbeSucceeded(long generation, Counts counts) implements Event {}

  record ProbeFailed(long generation, Counts counts, Trip trip) implements Event {}

  /** The time of {@link BreakerState#nextDeadline} may have come. */
  record DeadlineReached(long generation, Counts counts) implements Event {}

  /** An operator wants it closed. */
  record ResetRequested(String reason) implements Event {}

  /** An operator wants it so on this worker, whatever calls say; the fleet's override beats it. */
  record OverrideSet(ManualOverride override) implements Event {}

  /** An operator leaves it to the calls, or to the fleet, again. */
  record OverrideCleared() implements Event {}

  /**
   * An operator wants it so on this worker, whatever the fleet's override is by now.
   *
   * @param override null to end what is in force
   */
  record OverriddenHere(@Nullable ManualOverride override) implements Event {}

  /** An operator wants it open on this worker for a while; it is not told to the fleet. */
  record OpenedHere(String reason, Duration openFor) implements Event {}

  /** An operator wants it closed on this worker; it is not told to the fleet. */
  record ClosedHere(String reason) implements Event {}

  /** The fleet's committed state, with what is left of OPEN. */
  record Adopted(Revision revision, Duration remaining, Duration overrideLeft) implements Event {
    Adopted(Revision revision, Duration remaining) {
      this(revision, remaining, Duration.ZERO);
    }
  }

  /** An unconfirmed word that the provider was opened elsewhere. */
  record Hinted(Revision revision, Duration remaining, Duration overrideLeft) implements Event {
    Hinted(Revision revision, Duration remaining) {
      this(revision, remaining, Duration.ZERO);
    }
  }

  record HintWithdrawn() implements Event {}

  /** The fleet has committed the proposal of this number. */
  record Committed(long sequence, Revision revision, Duration remaining, Duration overrideLeft)
      implements Event {
    Committed(long sequence, Revision revision, Duration remaining) {
      this(sequence, revision, remaining, Duration.ZERO);
    }
  }

  /** The fleet has something newer than the proposal of this number. */
  record Superseded(long sequence, Revision revision, Duration remaining, Duration overrideLeft)
      implements Event {
    Superseded(long sequence, Revision revision, Duration remaining) {
      this(sequence, revision, remaining, Duration.ZERO);
    }
  }

  /** The fleet will not settle the proposal of this number. */
  record Dropped(long sequence) implements Event {}

  /** The fleet has given this worker a place for one probe, in this round. */
  record ProbeGranted(Revision round) implements Event {}

  /** The fleet cannot be asked for probes: this worker recovers alone. */
  record ProbesLocal(Counts counts) implements Event {}

  /** The fleet can be asked for probes again. */
  record ProbesShared() implements Event {}

  /** Enough probes of the fleet have succeeded in this round. */
  record CloseDue(Revision round, Counts counts) implements Event {}
}
