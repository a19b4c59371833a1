package io.fleetbreaker;

import java.time.Duration;

/**
 * Which of the latest calls a rate is taken over. Immutable.
 *
 * <pre>{@code
 * CallWindow lastHundred = CallWindow.calls(100);
 * CallWindow lastMinute = CallWindow.time(Duration.ofSeconds(60));
 * TripCondition half = new TripCondition.FailureRate(50, 20, lastMinute);
 * assert lastHundred.toString().equals("100 calls") && lastMinute.toString().equals("60 s");
 * }</pre>
 */
public sealed interface CallWindow {
  /** The last so many calls. */
  static CallWindow calls(int calls) {
    return new LastCalls(calls);
  }

  /** The calls of the last so much time. */
  static CallWindow time(Duration duration) {
    return new LastTime(duration);
  }

  /**
   * The last calls.
   *
   * @param calls how many; 1 to 10,000
   */
  record LastCalls(int calls) implements CallWindow {
    /** Checks the bounds. */
    public LastCalls {
      Bounds.number("window", calls, 1, 10_000);
    }

    @Override
    public String toString() {
      return calls + " calls";
    }
  }

  /**
   * The calls that ended in the last time. The window moves in ten steps: what is counted is
   * between nine tenths and all of {@code duration}.
   *
   * @param duration 100 ms to 24 h
   */
  record LastTime(Duration duration) implements CallWindow {
    /** Checks the bounds. */
    public LastTime {
      Bounds.duration("window", duration, Duration.ofMillis(100), Bounds.DAY);
    }

    @Override
    public String toString() {
      return Bounds.shown(duration);
    }
  }
}
