package io.fleetbreaker;

import java.time.Duration;

/**
 * How long OPEN lasts. Immutable.
 *
 * <p>The first time it is {@code base}; each time that the breaker opens again without having been
 * closed for {@code resetAfter} between, it is {@code multiplier} times as long, up to {@code max}.
 * Of the result up to a fraction {@code jitter} more or less is drawn at random, so that breakers
 * that opened together do not probe together.
 *
 * <pre>{@code
 * OpenTime doubling = OpenTime.exponential(Duration.ofSeconds(30), Duration.ofMinutes(10));
 * ProviderSettings settings = ProviderSettings.builder("openai").openTime(doubling).build();
 * assert doubling.ofAttempt(1, 0.5).equals(Duration.ofSeconds(30));
 * assert doubling.ofAttempt(3, 0.5).equals(Duration.ofSeconds(120));
 * }</pre>
 *
 * @param base the first open time; 1 ms to 24 h
 * @param multiplier 1 (always the same) to 10
 * @param max the longest open time that a multiplier or a provider's Retry-After can lead to; 1 ms
 *     to 24 h; shorter than {@code base} means {@code base}
 * @param jitter 0 (none) to 0.5
 * @param resetAfter how long the breaker must have been closed for the next open time to be the
 *     first again; 0 to 24 h
 */
public record OpenTime(
    Duration base, double multiplier, Duration max, double jitter, Duration resetAfter) {
  /** The least that a Retry-After can lead to, if {@code base} is not shorter. */
  private static final Duration SHORTEST_RETRY = Duration.ofSeconds(1);

  private static final Duration LONGEST_RETRY = Duration.ofMinutes(10);
  private static final Duration STABLE = Duration.ofMinutes(5);

  /** Checks every bound; the message names setting, bound and value. */
  public OpenTime {
    Bounds.duration("open-duration", base, Bounds.MILLI, Bounds.DAY);
    Bounds.number("open-duration-multiplier", multiplier, 1, 10);
    Bounds.duration("open-duration-max", max, Bounds.MILLI, Bounds.DAY);
    Bounds.number("open-duration-jitter", jitter, 0, 0.5);
    Bounds.duration("open-duration-reset-after", resetAfter, Duration.ZERO, Bounds.DAY);
    max = max.compareTo(base) < 0 ? base : max;
  }

  /** Always the same; a Retry-After may make it up to ten minutes. */
  public static OpenTime fixed(Duration base) {
    return new OpenTime(base, 1, LONGEST_RETRY, 0, STABLE);
  }

  /** Twice as long each time in a row, up to {@code max}, a tenth more or less. */
  public static OpenTime exponential(Duration base, Duration max) {
    return new OpenTime(base, 2, max, 0.1, STABLE);
  }

  /** The same with another first open time. */
  public OpenTime withBase(Duration first) {
    return new OpenTime(first, multiplier, max, jitter, resetAfter);
  }

  /**
   * The open time of the {@code attempt}th opening in a row.
   *
   * @param attempt from 1
   * @param roll a random number from 0 to 1, for the jitter
   */
  public Duration ofAttempt(int attempt, double roll) {
    double grown =
        Math.min(base.toNanos() * Math.pow(multiplier, attempt - 1), (double) max.toNanos());
    double spread = grown * (1 + jitter * (2 * roll - 1));
    return Duration.ofNanos(Math.max(1, Math.round(spread)));
  }

  /**
   * The open time when the provider itself has asked for {@code retryAfter}: that, but at least one
   * second (or {@code base}, if that is shorter) and at most {@code max}.
   */
  public Duration clamp(Duration retryAfter) {
    Duration least = base.compareTo(SHORTEST_RETRY) < 0 ? base : SHORTEST_RETRY;
    if (retryAfter.compareTo(least) < 0) {
      return least;
    }
    return retryAfter.compareTo(max) > 0 ? max : retryAfter;
  }

  /** The longest that this can lead to. */
  public Duration longest() {
    return Duration.ofNanos(Math.round(max.toNanos() * (1 + jitter)));
  }
}
