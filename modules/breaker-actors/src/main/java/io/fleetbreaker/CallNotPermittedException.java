package io.fleetbreaker;

import java.time.Duration;

/** A call was refused because its provider's breaker does not admit it. Carries no stack trace. */
public final class CallNotPermittedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;
  private final State state;
  private final Duration remaining;

  /** Names the provider, the state that refused and how long it will at least go on refusing. */
  public CallNotPermittedException(String provider, State state, Duration remaining) {
    super(null, null, false, false);
    this.provider = provider;
    this.state = state;
    this.remaining = remaining;
  }

  /** The provider whose breaker refused. */
  public String provider() {
    return provider;
  }

  /** {@link State#OPEN}, or {@link State#HALF_OPEN} when all its probes are out. */
  public State state() {
    return state;
  }

  /** How long OPEN still lasts; zero in HALF_OPEN. */
  public Duration remaining() {
    return remaining;
  }

  @Override
  public String getMessage() {
    return "circuit breaker '"
        + provider
        + "' is "
        + state
        + " and does not permit calls"
        + (state == State.OPEN ? " for another " + remaining.toMillis() + " ms" : "");
  }
}
