package io.fleetbreaker.breaker;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import org.jspecify.annotations.Nullable;

/**
 * What the gate holds between two changes: how calls are met, and under which generation. A permit
 * belongs to the era it was taken in; its result moves nothing once the gate holds another one.
 */
final class Era {
  /** How a calling thread is met. */
  enum Mode {
    CLOSED(State.CLOSED),
    /** The threshold was crossed; refuses like OPEN until the actor has made the transition. */
    BLOWN(State.OPEN),
    OPEN(State.OPEN),
    /** OPEN whose time is over: the next call asks for a probe. */
    DUE(State.OPEN),
    HALF_OPEN(State.HALF_OPEN),
    FORCED_OPEN(State.OPEN),
    DISABLED(State.CLOSED),
    METRICS_ONLY(State.CLOSED);

    private final State shownAs;

    Mode(State shownAs) {
      this.shownAs = shownAs;
    }
  }

  private final Mode mode;
  private final boolean admitsAll;
  private final boolean counts;
  private final long generation;
  private final long sinceNanos;
  private final Evidence evidence;
  private final @Nullable Trip trip;
  private final @Nullable Probes probes;

  private Era(
      Mode mode,
      long generation,
      long sinceNanos,
      Evidence evidence,
      @Nullable Trip trip,
      @Nullable Probes probes) {
    this.mode = mode;
    this.admitsAll = mode.shownAs == State.CLOSED;
    this.counts = mode != Mode.DISABLED;
    this.generation = generation;
    this.sinceNanos = sinceNanos;
    this.evidence = evidence;
    this.trip = trip;
    this.probes = probes;
  }

  /** The era that shows {@code state} to callers, without any places for probes yet. */
  static Era of(
      BreakerState state, Evidence evidence, ProviderSettings settings, FleetClock clock) {
    ManualOverride override = state.override();
    long since = override == null ? state.sinceNanos() : override.sinceNanos();
    Probes probes = state.mayProbe() ? new Probes(settings.halfOpenMaxCalls(), clock) : null;
    return new Era(mode(state), state.generation(), since, evidence, null, probes);
  }

  private static Mode mode(BreakerState state) {
    ManualOverride override = state.override();
    if (override != null) {
      return switch (override.mode()) {
        case FORCED_OPEN -> Mode.FORCED_OPEN;
        case DISABLED -> Mode.DISABLED;
        case METRICS_ONLY -> Mode.METRICS_ONLY;
      };
    }
    return switch (state.state()) {
      case CLOSED -> Mode.CLOSED;
      case OPEN -> state.due() ? Mode.DUE : Mode.OPEN;
      case HALF_OPEN -> Mode.HALF_OPEN;
    };
  }

  /** This era after its fuse has blown. */
  Era blown(long nowNanos, Trip because) {
    return new Era(Mode.BLOWN, generation, nowNanos, evidence, because, null);
  }

  /** Every call is admitted and counted, and nothing opens this any more. */
  static Era unattended(long generation, long nowNanos, Evidence evidence) {
    return new Era(Mode.METRICS_ONLY, generation, nowNanos, evidence, null, null);
  }

  Mode mode() {
    return mode;
  }

  /** Whether every call is admitted, and none is a probe. */
  boolean admitsAll() {
    return admitsAll;
  }

  /** Whether what becomes of calls is counted. */
  boolean counts() {
    return counts;
  }

  long generation() {
    return generation;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  Evidence evidence() {
    return evidence;
  }

  /** Why the fuse has blown; null unless it has. */
  @Nullable Trip trip() {
    return trip;
  }

  /** The places for probes; null unless calls may ask for one. */
  @Nullable Probes probes() {
    return probes;
  }

  /** Whether a call that came now would be admitted, or ask for a probe. */
  boolean admits() {
    return admitsAll || (probes != null && probes.admits());
  }

  /** The state an observer should see. */
  State effectiveState() {
    return mode.shownAs;
  }
}
