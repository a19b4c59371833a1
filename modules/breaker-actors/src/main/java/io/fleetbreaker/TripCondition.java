package io.fleetbreaker;

import java.time.Duration;

/**
 * One reason for a breaker to open. Immutable; see {@link TripPolicy}.
 *
 * <pre>{@code
 * CallWindow minute = CallWindow.time(Duration.ofSeconds(60));
 * ProviderSettings settings =
 *     ProviderSettings.builder("openai")
 *         .tripOn(new TripCondition.FailureCount(10, Duration.ofSeconds(30)))
 *         .tripOn(new TripCondition.FailureRate(50, 20, minute))
 *         .tripOn(new TripCondition.SlowCallRate(80, Duration.ofSeconds(10), 20, minute))
 *         .build();
 * assert settings.tripPolicy().conditions().size() == 3;
 * }</pre>
 */
public sealed interface TripCondition {
  /**
   * So many failures without a success between them.
   *
   * @param threshold 1 to 1,000,000
   */
  record ConsecutiveFailures(int threshold) implements TripCondition {
    /** Checks the bounds. */
    public ConsecutiveFailures {
      Bounds.number("failure-threshold", threshold, 1, 1_000_000);
    }
  }

  /**
   * So many failures within a time, whatever succeeds meanwhile.
   *
   * @param threshold 1 to 1,000,000
   * @param window the time; 100 ms to 24 h, see {@link CallWindow.LastTime} for its precision
   */
  record FailureCount(int threshold, Duration window) implements TripCondition {
    /** Checks the bounds. */
    public FailureCount {
      Bounds.number("failure-count.threshold", threshold, 1, 1_000_000);
      Bounds.duration("failure-count.window", window, Duration.ofMillis(100), Bounds.DAY);
    }
  }

  /**
   * So large a part of the calls in a window has failed.
   *
   * @param percent of the calls; above 0, at most 100
   * @param minimumCalls fewer calls in the window say nothing; 1 to 1,000,000, and for a window of
   *     calls at most its size
   * @param window over which calls
   */
  record FailureRate(double percent, int minimumCalls, CallWindow window) implements TripCondition {
    /** Checks the bounds. */
    public FailureRate {
      Bounds.percent("failure-rate.threshold", percent);
      minimum("failure-rate.minimum-calls", minimumCalls, window);
    }
  }

  /**
   * So large a part of the calls in a window was slow, whether it failed or not. A probe that is
   * slow counts as failed.
   *
   * @param percent of the calls; above 0, at most 100
   * @param slowerThan a call that takes longer is slow; 1 ms to 24 h
   * @param minimumCalls as for {@link FailureRate}
   * @param window over which calls
   */
  record SlowCallRate(double percent, Duration slowerThan, int minimumCalls, CallWindow window)
      implements TripCondition {
    /** Checks the bounds. */
    public SlowCallRate {
      Bounds.percent("slow-call-rate.threshold", percent);
      Bounds.duration("slow-call-rate.slower-than", slowerThan, Bounds.MILLI, Bounds.DAY);
      minimum("slow-call-rate.minimum-calls", minimumCalls, window);
    }
  }

  private static void minimum(String setting, int minimumCalls, CallWindow window) {
    int most = window instanceof CallWindow.LastCalls last ? last.calls() : 1_000_000;
    Bounds.number(setting, minimumCalls, 1, most);
  }
}
