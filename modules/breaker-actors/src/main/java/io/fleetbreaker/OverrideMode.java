package io.fleetbreaker;

import java.util.Locale;
import java.util.Optional;

/**
 * What an operator may make of a breaker, whatever its calls say.
 *
 * <pre>{@code
 * fleet
 *     .override("openai", OverrideMode.FORCED_OPEN, "ops: maintenance", Duration.ofMinutes(30))
 *     .toCompletableFuture()
 *     .get();
 * assert breaker.view().state() == State.OPEN;
 * fleet.clearOverride("openai").toCompletableFuture().get();
 * assert breaker.view().state() == State.CLOSED;
 * }</pre>
 */
public enum OverrideMode {
  /** Refuses every call. */
  FORCED_OPEN,
  /** Admits every call and counts none. */
  DISABLED,
  /** Admits every call and counts them, but does not open. */
  METRICS_ONLY;

  /** The name on the wire and over HTTP: {@code forced_open} and so on. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mode with this wire name, or empty if there is none. */
  public static Optional<OverrideMode> ofWireName(String wireName) {
    for (OverrideMode mode : values()) {
      if (mode.wireName().equals(wireName)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
