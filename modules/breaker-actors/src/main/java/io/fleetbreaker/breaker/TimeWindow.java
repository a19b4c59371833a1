package io.fleetbreaker.breaker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The calls of the last so much time, in {@link #STEPS} steps. Remembers what the totals were when
 * each of its steps began; what has come since the oldest is in the window.
 */
final class TimeWindow implements RateWindow {
  static final int STEPS = 10;

  /** Totals of a provider that nobody has called, or none of whose calls was marked. */
  private static final long[] ZEROS = new long[STEPS];

  private static final VarHandle TOTALS = totalsHandle();

  private final long stepNanos;

  /** Replaced by whoever finds a rotation due first; who comes second goes on from there. */
  private volatile Totals totals;

  TimeWindow(long windowNanos, long nowNanos) {
    this.stepNanos = Math.max(1, windowNanos / STEPS);
    this.totals = new Totals(nowNanos + stepNanos, ZEROS, ZEROS);
  }

  private static VarHandle totalsHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(TimeWindow.class, "totals", Totals.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @Override
  public void mark(long calls) {
    // The totals say it.
  }

  @Override
  public long calls(long nowNanos, long calls) {
    return sample(nowNanos, calls, 0).calls();
  }

  @Override
  public boolean holds(long wanted, long nowNanos, long calls, long marked) {
    return sample(nowNanos, calls, marked).marked() >= wanted;
  }

  @Override
  public Sample sample(long nowNanos, long calls, long marked) {
    Totals known = totals;
    // Steps that nobody has moved on to saw no call.
    long passed = known.stepsPassed(nowNanos, stepNanos);
    if (passed >= STEPS) {
      return new Sample(0, 0);
    }
    // What is passed in may have been read before another thread moved the window on.
    return new Sample(
        Math.max(0, calls - known.calls[(int) passed]),
        Math.max(0, marked - known.marked[(int) passed]));
  }

  @Override
  public boolean rotates() {
    return true;
  }

  @Override
  public long rotationNanos() {
    return totals.endNanos;
  }

  @Override
  public void rotate(long nowNanos, long calls, long marked) {
    Totals before = totals;
    long passed = before.stepsPassed(nowNanos, stepNanos);
    while (passed > 0
        && !TOTALS.compareAndSet(this, before, before.after(passed, stepNanos, calls, marked))) {
      before = totals;
      passed = before.stepsPassed(nowNanos, stepNanos);
    }
  }

  /** What the totals were at the beginnings of the steps, the oldest first. Never changed. */
  private static final class Totals {
    /** When the current step ends. */
    private final long endNanos;

    private final long[] calls;
    private final long[] marked;

    Totals(long endNanos, long[] calls, long[] marked) {
      this.endNanos = endNanos;
      this.calls = calls;
      this.marked = marked;
    }

    long stepsPassed(long nowNanos, long stepNanos) {
      long late = nowNanos - endNanos;
      return late < 0 ? 0 : 1 + late / stepNanos;
    }

    Totals after(long steps, long stepNanos, long callsNow, long markedNow) {
      int by = (int) Math.min(steps, STEPS);
      return new Totals(
          endNanos + steps * stepNanos,
          shifted(calls, by, callsNow),
          shifted(marked, by, markedNow));
    }

    private static long[] shifted(long[] from, int by, long now) {
      if (now == 0) {
        return ZEROS; // totals only grow
      }
      long[] to = Arrays.copyOfRange(from, by, by + STEPS);
      // What is passed in may have been read before another thread moved the window on.
      Arrays.fill(to, STEPS - by, STEPS, Math.max(from[STEPS - 1], now));
      return to;
    }
  }
}
