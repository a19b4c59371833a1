package io.fleetbreaker;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * When a closed breaker opens: as soon as one of its conditions is met. Immutable.
 *
 * <p>Conditions are looked at when a call has failed or was slow, and when a window moves on; not
 * after each success, which can only make a rate smaller. A success that completes the minimum of
 * calls opens nothing either: the next call that is looked at does.
 *
 * <pre>{@code
 * TripPolicy policy =
 *     TripPolicy.anyOf(
 *         new TripCondition.ConsecutiveFailures(5),
 *         new TripCondition.FailureRate(50, 20, CallWindow.calls(100)));
 * ProviderSettings settings = ProviderSettings.builder("openai").tripPolicy(policy).build();
 * assert policy.failuresThatOpen() == 5;
 * }</pre>
 *
 * @param conditions at least one, in the order in which they are looked at
 */
public record TripPolicy(List<TripCondition> conditions) {
  /** Five consecutive failures. */
  public static final TripPolicy DEFAULT = consecutiveFailures(5);

  /** Checks that there is a condition, and not two different ideas of what is slow. */
  public TripPolicy {
    conditions = List.copyOf(conditions);
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException(
          "a trip policy must have at least one condition, was empty: set failure-threshold,"
              + " failure-count, failure-rate or slow-call-rate");
    }
    if (slowLimits(conditions).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "slow-call-rate.slower-than must be the same in all conditions of a provider, was "
              + slowLimits(conditions).distinct().map(Bounds::shown).toList());
    }
  }

  /** Opens as soon as one of these is met. */
  public static TripPolicy anyOf(TripCondition... conditions) {
    return new TripPolicy(List.of(conditions));
  }

  /** So many failures without a success between them; 1 to 1,000,000. */
  public static TripPolicy consecutiveFailures(int threshold) {
    return anyOf(new TripCondition.ConsecutiveFailures(threshold));
  }

  /** From when on a call is slow, if any condition asks. */
  public Optional<Duration> slowerThan() {
    return slowLimits(conditions).findFirst();
  }

  /**
   * How many failing calls in a row open a breaker that has seen no others; {@link
   * Integer#MAX_VALUE} if failures alone never do.
   */
  public int failuresThatOpen() {
    return conditions.stream()
        .map(
            condition -> {
              if (condition instanceof TripCondition.ConsecutiveFailures c) {
                return c.threshold();
              } else if (condition instanceof TripCondition.FailureCount c) {
                return c.threshold();
              } else if (condition instanceof TripCondition.FailureRate c) {
                return c.minimumCalls();
              } else {
                return Integer.MAX_VALUE;
              }
            })
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static java.util.stream.Stream<Duration> slowLimits(List<TripCondition> conditions) {
    return conditions.stream()
        .filter(TripCondition.SlowCallRate.class::isInstance)
        .map(condition -> ((TripCondition.SlowCallRate) condition).slowerThan());
  }
}
