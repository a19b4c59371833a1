package io.fleetbreaker;

import java.time.Duration;

/**
 * How one provider's breaker behaves. Immutable.
 *
 * @param name see {@link ProviderName}
 * @param priority lower is preferred; 1 to 1,000,000
 * @param failureThreshold consecutive counted failures that open the breaker; 1 to 1,000,000
 * @param openDuration how long OPEN lasts before probes are admitted; 1 ms to 24 h
 * @param halfOpenMaxCalls probes in flight at once on this worker; 1 to 1,000
 * @param successThreshold probes that must succeed to close; 1 to 1,000
 * @param halfOpenMaxDuration after which permits that were never settled are given out again; 1 ms
 *     to 24 h
 */
public record ProviderSettings(
    String name,
    int priority,
    int failureThreshold,
    Duration openDuration,
    int halfOpenMaxCalls,
    int successThreshold,
    Duration halfOpenMaxDuration) {

  private static final Duration LONGEST = Duration.ofHours(24);

  /** Checks every bound; the message names setting, bound and value. */
  public ProviderSettings {
    ProviderName.require(name);
    between(name, "priority", priority, 1_000_000);
    between(name, "failure-threshold", failureThreshold, 1_000_000);
    between(name, "open-duration", openDuration);
    between(name, "half-open-max-calls", halfOpenMaxCalls, 1_000);
    between(name, "success-threshold", successThreshold, 1_000);
    between(name, "half-open-max-duration", halfOpenMaxDuration);
  }

  /** Five consecutive failures open for 60 s, then one probe decides. */
  public static ProviderSettings defaults(String name) {
    return new ProviderSettings(name, 100, 5, Duration.ofSeconds(60), 1, 1, Duration.ofSeconds(60));
  }

  private static void between(String provider, String setting, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          setting
              + (value < 1 ? " must be at least 1" : " must be at most " + most)
              + ", was "
              + value
              + " (providers."
              + provider
              + ")");
    }
  }

  private static void between(String provider, String setting, Duration value) {
    boolean tooShort = value.compareTo(Duration.ofMillis(1)) < 0;
    if (tooShort || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          setting
              + (tooShort ? " must be at least 1 ms" : " must be at most 24 h")
              + ", was "
              + value
              + " (providers."
              + provider
              + ")");
    }
  }
}
