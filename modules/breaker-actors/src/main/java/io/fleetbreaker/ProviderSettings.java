package io.fleetbreaker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How one provider's breaker behaves. Immutable.
 *
 * <pre>{@code
 * ProviderSettings settings =
 *     ProviderSettings.builder("openai")
 *         .priority(1)
 *         .failureThreshold(3)
 *         .openDuration(Duration.ofSeconds(30))
 *         .successThreshold(2)
 *         .build();
 * assert settings.halfOpenMaxCalls() == ProviderSettings.defaults("openai").halfOpenMaxCalls();
 * }</pre>
 *
 * @param name see {@link ProviderName}
 * @param priority lower is preferred; 1 to 1,000,000
 * @param tripPolicy when it opens
 * @param classifier what counts as a failure
 * @param openTime how long OPEN lasts before probes are admitted
 * @param halfOpenMaxCalls probes in flight at once in the whole fleet, and on this worker alone
 *     while the fleet cannot be asked; 1 to 1,000
 * @param successThreshold probes that must succeed to close; 1 to 1,000
 * @param halfOpenMaxDuration after which the places of probes that have not ended are given out
 *     again, so that probes which never end hold nobody up; 1 ms to 24 h
 * @param probeWait how long a call waits at most while the fleet is asked whether it may be a
 *     probe; 0 to 5 s
 */
public record ProviderSettings(
    String name,
    int priority,
    TripPolicy tripPolicy,
    OutcomeClassifier classifier,
    OpenTime openTime,
    int halfOpenMaxCalls,
    int successThreshold,
    Duration halfOpenMaxDuration,
    Duration probeWait) {

  private static final Duration LONGEST_PROBE_WAIT = Duration.ofSeconds(5);

  /** Checks every bound; the message names setting, bound and value. */
  public ProviderSettings {
    ProviderName.require(name);
    try {
      Bounds.number("priority", priority, 1, 1_000_000);
      Bounds.number("half-open-max-calls", halfOpenMaxCalls, 1, 1_000);
      Bounds.number("success-threshold", successThreshold, 1, 1_000);
      Bounds.duration("half-open-max-duration", halfOpenMaxDuration, Bounds.MILLI, Bounds.DAY);
      Bounds.duration("probe-wait", probeWait, Duration.ZERO, LONGEST_PROBE_WAIT);
    } catch (IllegalArgumentException e) {
      throw of(name, e);
    }
  }

  private static IllegalArgumentException of(String name, IllegalArgumentException e) {
    return new IllegalArgumentException(e.getMessage() + " (providers." + name + ")", e);
  }

  /** Five consecutive failures open for 60 s, then one probe decides. */
  public static ProviderSettings defaults(String name) {
    return builder(name).build();
  }

  /** Settings that begin as {@link #defaults}. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A builder that begins as these settings. */
  public Builder toBuilder() {
    Builder builder = new Builder(name);
    builder.priority = priority;
    builder.conditions.addAll(tripPolicy.conditions());
    builder.classifier = classifier;
    builder.openTime = openTime;
    builder.halfOpenMaxCalls = halfOpenMaxCalls;
    builder.successThreshold = successThreshold;
    builder.halfOpenMaxDuration = halfOpenMaxDuration;
    builder.probeWait = probeWait;
    return builder;
  }

  /** How long OPEN lasts the first time. */
  public Duration openDuration() {
    return openTime.base();
  }

  /** Collects settings. Not thread-safe. Bounds are checked when they are given, or by build. */
  public static final class Builder {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final OpenTime OPEN_FOR_A_MINUTE = OpenTime.fixed(MINUTE);

    private final String name;
    private final List<TripCondition> conditions = new ArrayList<>();
    private int priority = 100;
    private OutcomeClassifier classifier = OutcomeClassifier.defaults();
    private OpenTime openTime = OPEN_FOR_A_MINUTE;
    private int halfOpenMaxCalls = 1;
    private int successThreshold = 1;
    private Duration halfOpenMaxDuration = MINUTE;
    private Duration probeWait = Duration.ofMillis(50);

    private Builder(String name) {
      this.name = ProviderName.require(name);
    }

    /** Lower is preferred; 1 to 1,000,000. */
    public Builder priority(int value) {
      priority = value;
      return this;
    }

    /** Adds a condition that opens the breaker. Without any, five consecutive failures do. */
    public Builder tripOn(TripCondition condition) {
      conditions.add(condition);
      return this;
    }

    /**
     * Opens after so many failures without a success between them, in the place of another such
     * number; 1 to 1,000,000.
     */
    public Builder failureThreshold(int consecutiveFailures) {
      try {
        conditions.removeIf(TripCondition.ConsecutiveFailures.class::isInstance);
        return tripOn(new TripCondition.ConsecutiveFailures(consecutiveFailures));
      } catch (IllegalArgumentException e) {
        throw of(name, e);
      }
    }

    /** Replaces the conditions collected so far. */
    public Builder tripPolicy(TripPolicy policy) {
      conditions.clear();
      conditions.addAll(policy.conditions());
      return this;
    }

    /** What counts as a failure. */
    public Builder classifier(OutcomeClassifier value) {
      classifier = value;
      return this;
    }

    /** How long OPEN lasts. */
    public Builder openTime(OpenTime value) {
      openTime = value;
      return this;
    }

    /** How long OPEN lasts the first time; 1 ms to 24 h. What else was said of it stays. */
    public Builder openDuration(Duration value) {
      try {
        return openTime(openTime.withBase(value));
      } catch (IllegalArgumentException e) {
        throw of(name, e);
      }
    }

    /** Probes in flight at once in the whole fleet; 1 to 1,000. */
    public Builder halfOpenMaxCalls(int value) {
      halfOpenMaxCalls = value;
      return this;
    }

    /** Probes that must succeed to close; 1 to 1,000. */
    public Builder successThreshold(int value) {
      successThreshold = value;
      return this;
    }

    /** After which permits that were never settled are given out again; 1 ms to 24 h. */
    public Builder halfOpenMaxDuration(Duration value) {
      halfOpenMaxDuration = value;
      return this;
    }

    /** How long a call waits while the fleet is asked for a probe; 0 to 5 s. */
    public Builder probeWait(Duration value) {
      probeWait = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException naming setting, bound and value if one is out of bounds
     */
    public ProviderSettings build() {
      return new ProviderSettings(
          name,
          priority,
          conditions.isEmpty() ? TripPolicy.DEFAULT : policy(),
          classifier,
          openTime,
          halfOpenMaxCalls,
          successThreshold,
          halfOpenMaxDuration,
          probeWait);
    }

    private TripPolicy policy() {
      try {
        return new TripPolicy(conditions);
      } catch (IllegalArgumentException e) {
        throw of(name, e);
      }
    }
  }
}
