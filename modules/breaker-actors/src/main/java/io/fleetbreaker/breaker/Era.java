package io.fleetbreaker.breaker;

import io.fleetbreaker.State;
import java.util.concurrent.atomic.AtomicInteger;
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
  private final @Nullable AtomicInteger freeProbes;

  private Era(
      Mode mode,
      long generation,
      long sinceNanos,
      Evidence evidence,
      @Nullable Trip trip,
      int probes) {
    this.mode = mode;
    this.admitsAll = mode.shownAs == State.CLOSED;
    this.counts = mode != Mode.DISABLED;
    this.generation = generation;
    this.sinceNanos = sinceNanos;
    this.evidence = evidence;
    this.trip = trip;
    this.freeProbes = mode == Mode.HALF_OPEN ? new AtomicInteger(probes) : null;
  }

  /** The era that shows {@code state} to callers. */
  static Era of(BreakerState state, Evidence evidence, int probes) {
    ManualOverride override = state.override();
    long since = override == null ? state.sinceNanos() : override.sinceNanos();
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
      case OPEN -> Mode.OPEN;
      case HALF_OPEN -> Mode.HALF_OPEN;
    };
  }

  /** This era after its fuse has blown. */
  Era blown(long nowNanos, Trip because) {
    return new Era(Mode.BLOWN, generation, nowNanos, evidence, because, 0);
  }

  /** This round of probes with all its places given out again. */
  Era dealtAnew(int probes) {
    return new Era(mode, generation, sinceNanos, evidence, trip, probes);
  }

  /** Every call is admitted and counted, and nothing opens this any more. */
  static Era unattended(long generation, long nowNanos, Evidence evidence) {
    return new Era(Mode.METRICS_ONLY, generation, nowNanos, evidence, null, 0);
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

  /** Takes one of the probes of this round, if this is one and one is free. */
  boolean takeProbe() {
    if (freeProbes == null) {
      return false;
    }
    int free = freeProbes.get();
    while (free > 0) {
      if (freeProbes.compareAndSet(free, free - 1)) {
        return true;
      }
      free = freeProbes.get();
    }
    return false;
  }

  /** Whether a call would be admitted just now. */
  boolean admits() {
    return admitsAll || (freeProbes != null && freeProbes.get() > 0);
  }

  /**
   * Gives a probe back for somebody else to take.
   *
   * @return false if calls of this era are no probes
   */
  boolean returnProbe() {
    if (freeProbes == null) {
      return false;
    }
    freeProbes.incrementAndGet();
    return true;
  }

  /** The state an observer should see. */
  State effectiveState() {
    return mode.shownAs;
  }
}
