package io.fleetbreaker.breaker;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A breaker without threads, actors or a clock: the production transition function, driven by a
 * simulation as a {@link ProviderBreaker} drives it.
 */
public final class SimulatedBreaker {
  private final ProviderSettings settings;
  private BreakerState state;

  /** A breaker that has just been made. */
  public SimulatedBreaker(ProviderSettings settings, long nowNanos) {
    this.settings = settings;
    this.state = BreakerState.initial(nowNanos);
  }

  /** Calls fail until the fuse blows. */
  public Optional<Proposal> trip(long nowNanos, double roll) {
    return apply(
        new Event.FuseBlown(state.generation(), new Event.Counts(1, 0), new Trip("calls failed")),
        nowNanos,
        roll);
  }

  /** A probe comes back. */
  public Optional<Proposal> probe(boolean succeeded, long nowNanos, double roll) {
    Event.Counts counts = new Event.Counts(succeeded ? 0 : 1, 0);
    return apply(
        succeeded
            ? new Event.ProbeSucceeded(state.generation(), counts)
            : new Event.ProbeFailed(state.generation(), counts, new Trip("a probe failed")),
        nowNanos,
        roll);
  }

  /** The time of {@link #nextDeadline} may have come. */
  public Optional<Proposal> deadline(long nowNanos, double roll) {
    return apply(new Event.DeadlineReached(state.generation(), Event.Counts.NONE), nowNanos, roll);
  }

  /** An operator resets. */
  public Optional<Proposal> reset(long nowNanos, double roll) {
    return apply(new Event.ResetRequested("by hand"), nowNanos, roll);
  }

  /** The sync actor says this. */
  public Optional<Proposal> answer(SyncPort.Answer answer, long nowNanos, double roll) {
    if (answer instanceof SyncPort.Adopt a) {
      return apply(new Event.Adopted(a.revision(), a.remaining()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Hint h) {
      return apply(new Event.Hinted(h.revision(), h.remaining()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Committed c) {
      Event event = new Event.Committed(c.sequence(), c.revision(), c.remaining());
      return apply(event, nowNanos, roll);
    } else if (answer instanceof SyncPort.Superseded s) {
      Event event = new Event.Superseded(s.sequence(), s.revision(), s.remaining());
      return apply(event, nowNanos, roll);
    } else if (answer instanceof SyncPort.Dropped d) {
      return apply(new Event.Dropped(d.sequence()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Deferred) {
      return Optional.empty();
    }
    return apply(new Event.HintWithdrawn(), nowNanos, roll);
  }

  private Optional<Proposal> apply(Event event, long nowNanos, double roll) {
    Step step = Transitions.apply(state, event, settings, nowNanos, roll);
    state = step.next();
    return Optional.ofNullable(step.proposal());
  }

  public State state() {
    return state.state();
  }

  public long generation() {
    return state.generation();
  }

  public RevisionId held() {
    return state.held();
  }

  /** The proposal that the fleet has not settled. */
  public Optional<Proposal> pending() {
    return Optional.ofNullable(state.pending());
  }

  /** Whether its state is the fleet's. */
  public boolean isShared() {
    return state.isShared();
  }

  /** When time itself moves it. */
  public OptionalLong nextDeadline() {
    return state.nextDeadline();
  }
}
