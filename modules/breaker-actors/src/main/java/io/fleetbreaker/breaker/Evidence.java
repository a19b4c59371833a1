package io.fleetbreaker.breaker;

import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What speaks against a provider on one worker, from one CLOSED era until the next: the run of
 * failures and the windows of its {@link TripPolicy}. Written by calling threads only; lock-free.
 *
 * <p>Successes are counted by the {@link Tally} alone, in one striped counter, whatever the policy:
 * what this era has seen of them is the difference to what the counter said when it began.
 */
final class Evidence {
  private static final VarHandle RUN = handle("run", int.class);
  private static final VarHandle FAILURES = handle("failures", long.class);
  private static final VarHandle SLOW_CALLS = handle("slowCalls", long.class);

  private static final WindowedCondition[] NONE = {};

  private final Tally tally;
  private final FleetClock clock;
  private final int mostInARow;
  private final WindowedCondition[] conditions;
  private final boolean rotates;
  private final long successesBefore;

  /** Failures since the last success. Added to and set to zero by calling threads, in any order. */
  private volatile int run;

  /** Both only grow, by calling threads, and only if there are conditions. */
  private volatile long failures;

  private volatile long slowCalls;

  /**
   * The earliest rotation of any window. Written by whoever has rotated; one that is too early
   * costs a look, and the next look mends one that is too late.
   */
  private volatile long rotationNanos;

  private Evidence(Tally tally, FleetClock clock, int mostInARow, WindowedCondition[] conditions) {
    this.tally = tally;
    this.clock = clock;
    this.mostInARow = mostInARow;
    this.conditions = conditions;
    this.successesBefore = conditions.length == 0 ? 0 : tally.successesOnTime();
    this.rotates = Arrays.stream(conditions).anyMatch(condition -> condition.window().rotates());
    this.rotationNanos = earliestRotation();
  }

  private static VarHandle handle(String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Evidence.class, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Nothing seen yet. */
  static Evidence fresh(TripPolicy policy, Tally tally, FleetClock clock) {
    List<TripCondition> all = policy.conditions();
    int mostInARow = Integer.MAX_VALUE;
    for (TripCondition condition : all) {
      if (condition instanceof TripCondition.ConsecutiveFailures inARow) {
        mostInARow = Math.min(mostInARow, inARow.threshold());
      }
    }
    boolean windowless = all.size() == 1 && mostInARow != Integer.MAX_VALUE;
    long now = clock.nanos();
    return new Evidence(
        tally,
        clock,
        mostInARow,
        windowless
            ? NONE
            : all.stream()
                .map(condition -> WindowedCondition.of(condition, now))
                .flatMap(Optional::stream)
                .toArray(WindowedCondition[]::new));
  }

  /** Failures since the last success. */
  int run() {
    return run;
  }

  /** Whether {@link #rotate} should be called before the next outcome is counted. */
  boolean isRotationDue() {
    return rotates && clock.coarseNanos() - rotationNanos >= 0;
  }

  /** Moves all windows on; says if one of them now wants the breaker open, if anybody asks. */
  @Nullable Trip rotate(boolean mayTrip) {
    long now = clock.coarseNanos();
    long calls = calls();
    for (WindowedCondition condition : conditions) {
      if (condition.window().rotates()) {
        condition.window().rotate(now, calls, marked(condition));
      }
    }
    rotationNanos = earliestRotation();
    return mayTrip ? firstMet() : null;
  }

  /**
   * A success ends the run. Reads first, so that a healthy provider's calls share no written line.
   */
  void endRun() {
    if (run != 0) {
      run = 0;
    }
  }

  /** A call has failed; says if the breaker should open, if anybody asks. */
  @Nullable Trip failed(boolean slow, boolean mayTrip) {
    int inARow = addToRun();
    if (conditions.length != 0) {
      FAILURES.getAndAdd(this, 1L);
      mark(true, slow);
    }
    if (!mayTrip) {
      return null;
    }
    if (inARow >= mostInARow) {
      return new Trip(inARow == 1 ? "1 failure" : inARow + " consecutive failures");
    }
    return firstMet();
  }

  /**
   * A call has succeeded, but slowly; the tally knows it. Says if the breaker should open, if
   * anybody asks.
   */
  @Nullable Trip slow(boolean mayTrip) {
    mark(false, true);
    return mayTrip ? firstMet() : null;
  }

  /** A failure that counts for the run only: the breaker is not closed. */
  int addToRun() {
    return (int) RUN.getAndAdd(this, 1) + 1;
  }

  private void mark(boolean failed, boolean slow) {
    if (slow) {
      SLOW_CALLS.getAndAdd(this, 1L);
    }
    long calls = calls();
    for (WindowedCondition condition : conditions) {
      if (condition.isAboutSlowCalls() ? slow : failed) {
        condition.window().mark(calls);
      }
    }
  }

  private @Nullable Trip firstMet() {
    for (WindowedCondition condition : conditions) {
      long now = clock.coarseNanos();
      long calls = calls();
      long least = condition.marksThatOpen(condition.window().calls(now, calls));
      if (condition.window().holds(least, now, calls, marked(condition))) {
        return new Trip(condition.reason(sample(condition)));
      }
    }
    return null;
  }

  /** Percent of failed (or slow) calls, by the first condition about them that can say. */
  OptionalDouble rate(boolean ofSlowCalls) {
    for (WindowedCondition condition : conditions) {
      if (condition.isRate() && condition.isAboutSlowCalls() == ofSlowCalls) {
        RateWindow.Sample sample = sample(condition);
        return condition.isMeaningful(sample)
            ? OptionalDouble.of(sample.percent())
            : OptionalDouble.empty();
      }
    }
    return OptionalDouble.empty();
  }

  private RateWindow.Sample sample(WindowedCondition condition) {
    return condition.window().sample(clock.coarseNanos(), calls(), marked(condition));
  }

  private long calls() {
    return Math.max(0, tally.successesOnTime() - successesBefore) + failures;
  }

  private long marked(WindowedCondition condition) {
    return condition.isAboutSlowCalls() ? slowCalls : failures;
  }

  private long earliestRotation() {
    long earliest = 0;
    boolean any = false;
    for (WindowedCondition condition : conditions) {
      if (condition.window().rotates()) {
        long next = condition.window().rotationNanos();
        earliest = any && earliest - next < 0 ? earliest : next;
        any = true;
      }
    }
    return earliest;
  }
}
