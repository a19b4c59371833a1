package io.fleetbreaker.breaker;

import io.fleetbreaker.CallWindow;
import io.fleetbreaker.TripCondition;
import java.util.Locale;
import java.util.Optional;

/** A {@link TripCondition} over a window, at work for one CLOSED era. Thread-safe as its window. */
final class WindowedCondition {
  private final TripCondition condition;
  private final RateWindow window;

  private WindowedCondition(TripCondition condition, RateWindow window) {
    this.condition = condition;
    this.window = window;
  }

  /** The condition at work from now on, or empty if it needs no window. */
  static Optional<WindowedCondition> of(TripCondition condition, long nowNanos) {
    if (condition instanceof TripCondition.FailureCount count) {
      return Optional.of(
          new WindowedCondition(count, new TimeWindow(count.window().toNanos(), nowNanos)));
    } else if (condition instanceof TripCondition.FailureRate rate) {
      return Optional.of(new WindowedCondition(rate, window(rate.window(), nowNanos)));
    } else if (condition instanceof TripCondition.SlowCallRate rate) {
      return Optional.of(new WindowedCondition(rate, window(rate.window(), nowNanos)));
    } else {
      return Optional.empty();
    }
  }

  private static RateWindow window(CallWindow window, long nowNanos) {
    return window instanceof CallWindow.LastCalls last
        ? new CountWindow(last.calls())
        : new TimeWindow(((CallWindow.LastTime) window).duration().toNanos(), nowNanos);
  }

  RateWindow window() {
    return window;
  }

  /** Whether it is about slow calls rather than failed ones. */
  boolean isAboutSlowCalls() {
    return condition instanceof TripCondition.SlowCallRate;
  }

  /** Whether it is about a part of the calls rather than a number. */
  boolean isRate() {
    return !(condition instanceof TripCondition.FailureCount);
  }

  /** Whether the window holds enough calls to say anything. */
  boolean isMeaningful(RateWindow.Sample sample) {
    return !isRate() || sample.calls() >= minimumCalls();
  }

  /**
   * How many of so many calls in the window must be marked for the breaker to open; more than there
   * can be, if so few calls say nothing.
   */
  long marksThatOpen(long callsInWindow) {
    if (condition instanceof TripCondition.FailureCount count) {
      return count.threshold();
    }
    if (callsInWindow < minimumCalls()) {
      return Long.MAX_VALUE;
    }
    long marks = (long) (percent() * callsInWindow / 100);
    // What the division has rounded off.
    while (100.0 * marks < percent() * callsInWindow) {
      marks++;
    }
    return Math.max(1, marks);
  }

  private int minimumCalls() {
    return condition instanceof TripCondition.FailureRate rate
        ? rate.minimumCalls()
        : ((TripCondition.SlowCallRate) condition).minimumCalls();
  }

  private double percent() {
    return condition instanceof TripCondition.FailureRate rate
        ? rate.percent()
        : ((TripCondition.SlowCallRate) condition).percent();
  }

  /** Why a breaker whose window holds this opens, for people. */
  String reason(RateWindow.Sample sample) {
    if (condition instanceof TripCondition.FailureCount count) {
      return sample.marked()
          + (sample.marked() == 1 ? " failure" : " failures")
          + " within "
          + new CallWindow.LastTime(count.window());
    }
    CallWindow over =
        condition instanceof TripCondition.FailureRate rate
            ? rate.window()
            : ((TripCondition.SlowCallRate) condition).window();
    return String.format(
        Locale.ROOT,
        "%.1f%% of %d calls %s (window: %s)",
        sample.percent(),
        sample.calls(),
        isAboutSlowCalls() ? "were slow" : "failed",
        over);
  }
}
