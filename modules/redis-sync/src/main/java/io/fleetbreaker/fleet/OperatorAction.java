package io.fleetbreaker.fleet;

import java.util.Locale;
import java.util.Optional;

/**
 * What an operator may do to a provider, in the whole fleet.
 *
 * <pre>{@code
 * OperatorAction action = OperatorAction.ofPathName("force-open").orElseThrow();
 * assert action == OperatorAction.FORCE_OPEN;
 * assert action.setsOverride() && !OperatorAction.TRIP.setsOverride();
 * }</pre>
 */
public enum OperatorAction {
  /** Opens the breaker as if it had tripped: it recovers by itself. */
  TRIP,
  /** Closes the breaker. Refused while it is forced open. */
  RESET,
  /** Refuses every call until {@link #ENABLE} or the expiry. */
  FORCE_OPEN,
  /** Admits every call and counts none until {@link #ENABLE} or the expiry. */
  DISABLE,
  /** Admits every call, counts it, and does not open, until {@link #ENABLE} or the expiry. */
  METRICS_ONLY,
  /** Ends an override: the breaker decides again. */
  ENABLE;

  /** The name over HTTP and on the command line: {@code force-open} and so on. */
  public String pathName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The action with this path name, or empty if there is none. */
  public static Optional<OperatorAction> ofPathName(String pathName) {
    for (OperatorAction action : values()) {
      if (action.pathName().equals(pathName)) {
        return Optional.of(action);
      }
    }
    return Optional.empty();
  }

  /** Whether this puts the provider under an override, which may expire. */
  public boolean setsOverride() {
    return this == FORCE_OPEN || this == DISABLE || this == METRICS_ONLY;
  }
}
