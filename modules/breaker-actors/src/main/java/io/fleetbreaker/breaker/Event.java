package io.fleetbreaker.breaker;

import io.fleetbreaker.sync.Revision;
import java.time.Duration;

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

  /** An operator wants it so, whatever calls say. */
  record OverrideSet(ManualOverride override) implements Event {}

  /** An operator leaves it to the calls again. */
  record OverrideCleared() implements Event {}

  /** The fleet's committed state, with what is left of OPEN. */
  record Adopted(Revision revision, Duration remaining) implements Event {}

  /** An unconfirmed word that the provider was opened elsewhere. */
  record Hinted(Revision revision, Duration remaining) implements Event {}

  record HintWithdrawn() implements Event {}

  /** The fleet has committed the proposal of this number. */
  record Committed(long sequence, Revision revision, Duration remaining) implements Event {}

  /** The fleet has something newer than the proposal of this number. */
  record Superseded(long sequence, Revision revision, Duration remaining) implements Event {}

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
