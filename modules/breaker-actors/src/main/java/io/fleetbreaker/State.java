package io.fleetbreaker;

import java.util.Locale;
import java.util.Optional;

/**
 * The state of a circuit breaker.
 *
 * <pre>{@code
 * for (int i = 0; i < 5; i++) {
 *   breaker.tryAcquire().orElseThrow().failure();
 * }
 * assert breaker.view().state() == State.OPEN;
 * }</pre>
 */
public enum State {
  /** Calls pass; failures are counted. */
  CLOSED,
  /** Calls are refused until the open time has passed. */
  OPEN,
  /** A bounded number of calls pass, as probes of whether the provider has recovered. */
  HALF_OPEN;

  /** The name on the wire and over HTTP: {@code closed}, {@code open}, {@code half_open}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The state with this wire name, or empty if there is none. */
  public static Optional<State> ofWireName(String wireName) {
    for (State state : values()) {
      if (state.wireName().equals(wireName)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
