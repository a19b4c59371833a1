package io.fleetbreaker.breaker;

import io.fleetbreaker.State;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the gate holds between two changes: how calls are met, and under which generation. A permit
 * belongs to the era it was taken in; its result moves nothing once the gate holds another one.
 */
final class Era {
  /** How a calling thread is met. */
  enum Mode {
    CLOSED,
    /** The threshold was crossed; refuses like OPEN until the actor has made the transition. */
    BLOWN,
    OPEN,
    HALF_OPEN
  }

  private final Mode mode;
  private final long generation;
  private final long sinceNanos;
  private final FailureCount failures;
  private final AtomicInteger freeProbes;

  private Era(Mode mode, long generation, long sinceNanos, FailureCount failures, int probes) {
    this.mode = mode;
    this.generation = generation;
    this.sinceNanos = sinceNanos;
    this.failures = failures;
    this.freeProbes = new AtomicInteger(probes);
  }

  /** The era that shows {@code state} to callers. */
  static Era of(BreakerState state, FailureCount failures, int probes) {
    return switch (state.state()) {
      case CLOSED -> new Era(Mode.CLOSED, state.generation(), state.sinceNanos(), failures, 0);
      case OPEN -> new Era(Mode.OPEN, state.generation(), state.sinceNanos(), failures, 0);
      case HALF_OPEN ->
          new Era(Mode.HALF_OPEN, state.generation(), state.sinceNanos(), failures, probes);
    };
  }

  /** This era after its fuse has blown. */
  Era blown(long nowNanos) {
    return new Era(Mode.BLOWN, generation, nowNanos, failures, 0);
  }

  Mode mode() {
    return mode;
  }

  long generation() {
    return generation;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  FailureCount failures() {
    return failures;
  }

  /** Takes one of the probes of this round, if one is free. */
  boolean takeProbe() {
    int free = freeProbes.get();
    while (free > 0) {
      if (freeProbes.compareAndSet(free, free - 1)) {
        return true;
      }
      free = freeProbes.get();
    }
    return false;
  }

  /** Gives a probe back for somebody else to take. */
  void returnProbe() {
    freeProbes.incrementAndGet();
  }

  /** The state an observer should see. */
  State effectiveState() {
    return switch (mode) {
      case CLOSED -> State.CLOSED;
      case BLOWN, OPEN -> State.OPEN;
      case HALF_OPEN -> State.HALF_OPEN;
    };
  }
}
