package io.fleetbreaker.breaker;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A breaker without threads, actors or a clock: the production transition function, driven by a
 * simulation as a {@link ProviderBreaker} drives it.
 */
public final class SimulatedBreaker {
  private final ProviderSettings settings;
  private BreakerState state;

  /** The generation in which each lease was taken over. */
  private final Map<String, Long> leases = new HashMap<>();

  private int localPlaces;
  private long deferred;

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

  /** A probe without a lease is made and comes back, if there is a place for one. */
  public Optional<Proposal> probe(boolean succeeded, long nowNanos, double roll) {
    return localPlaces == 0
        ? Optional.empty()
        : probe(succeeded, false, state.generation(), nowNanos, roll);
  }

  /**
   * A probe comes back. The success of one with a lease moves nothing: whoever drives this tells
   * the fleet of it.
   *
   * @param generation as it was when the probe began
   */
  public Optional<Proposal> probe(
      boolean succeeded, boolean leased, long generation, long nowNanos, double roll) {
    if (!succeeded) {
      Event.Counts counts = new Event.Counts(1, 0);
      return apply(
          new Event.ProbeFailed(generation, counts, new Trip("a probe failed")), nowNanos, roll);
    }
    return leased
        ? Optional.empty()
        : apply(new Event.ProbeSucceeded(generation, Event.Counts.NONE), nowNanos, roll);
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
      return apply(
          new Event.Adopted(a.revision(), a.remaining(), a.overrideLeft()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Hint h) {
      return apply(new Event.Hinted(h.revision(), h.remaining(), h.overrideLeft()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Committed c) {
      Event event =
          new Event.Committed(c.sequence(), c.revision(), c.remaining(), c.overrideLeft());
      Optional<Proposal> none = apply(event, nowNanos, roll);
      if (deferred != 0 && c.sequence() >= deferred) {
        deferred = 0;
        apply(new Event.ProbesShared(), nowNanos, roll);
      }
      return none;
    } else if (answer instanceof SyncPort.Superseded s) {
      Event event =
          new Event.Superseded(s.sequence(), s.revision(), s.remaining(), s.overrideLeft());
      return apply(event, nowNanos, roll);
    } else if (answer instanceof SyncPort.Dropped d) {
      return apply(new Event.Dropped(d.sequence()), nowNanos, roll);
    } else if (answer instanceof SyncPort.Deferred d) {
      deferred = d.sequence();
      return Optional.empty();
    } else if (answer instanceof SyncPort.HintWithdrawn
        || answer instanceof SyncPort.NothingShared) {
      return apply(new Event.HintWithdrawn(), nowNanos, roll);
    }
    return probeAnswer(answer, nowNanos, roll);
  }

  private Optional<Proposal> probeAnswer(SyncPort.Answer answer, long nowNanos, double roll) {
    if (answer instanceof SyncPort.ProbeGranted g) {
      Optional<Proposal> none = apply(new Event.ProbeGranted(g.round()), nowNanos, roll);
      if (takesPlace(g.round().id())) {
        leases.put(g.lease(), state.generation());
      }
      return none;
    } else if (answer instanceof SyncPort.ProbesLocal) {
      return apply(new Event.ProbesLocal(Event.Counts.NONE), nowNanos, roll);
    } else if (answer instanceof SyncPort.ProbesShared) {
      return apply(new Event.ProbesShared(), nowNanos, roll);
    } else if (answer instanceof SyncPort.CloseDue c) {
      return apply(new Event.CloseDue(c.round(), Event.Counts.NONE), nowNanos, roll);
    } else if (answer instanceof SyncPort.SettledLocally s) {
      long generation = leases.getOrDefault(s.lease(), -1L);
      return apply(new Event.ProbeSucceeded(generation, Event.Counts.NONE), nowNanos, roll);
    }
    // Refused, renewed, lost: that is between the places and the calls.
    return Optional.empty();
  }

  private Optional<Proposal> apply(Event event, long nowNanos, double roll) {
    long generation = state.generation();
    Step step = Transitions.apply(state, event, settings, nowNanos, roll);
    state = step.next();
    if (state.generation() != generation) {
      localPlaces = 0;
    }
    localPlaces =
        switch (step.places()) {
          case LOCAL -> settings.halfOpenMaxCalls();
          case WITHDRAWN -> 0;
          case KEPT, DEALT_ANEW -> localPlaces;
        };
    return Optional.ofNullable(step.proposal());
  }

  /** Whether a place that was granted in this round is of use; if not, it goes back at once. */
  public boolean takesPlace(RevisionId round) {
    return Transitions.takesPlace(state, round);
  }

  /** Whether a call that finds no place may ask the fleet for one. */
  public boolean mayAsk() {
    return state.mayProbe();
  }

  /** Whether its open time is over, and nobody has made a probe yet. */
  public boolean isDue() {
    return state.due();
  }

  /** How many probes may be made without a lease. */
  public int localPlaces() {
    return localPlaces;
  }

  public State state() {
    return state.state();
  }

  /** Whether an override is in force. */
  public boolean isOverridden() {
    return state.override() != null;
  }

  /** The fleet's override, as this breaker knows it. */
  public Optional<String> fleetOverride() {
    ManualOverride fleets = state.overrides().fleet();
    return Optional.ofNullable(fleets).map(override -> override.mode() + " " + override.op());
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
  public boolean isShared(long nowNanos) {
    return state.isShared(nowNanos);
  }

  /** When time itself moves it. */
  public OptionalLong nextDeadline() {
    return state.nextDeadline();
  }
}
