package io.fleetbreaker;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call was refused because its provider's breaker does not admit it. Carries no stack trace.
 *
 * <pre>{@code
 * for (int i = 0; i < 5; i++) {
 *   breaker.tryAcquire().orElseThrow().failure();
 * }
 * String answer =
 *     breaker.callWithFallback(
 *         () -> "an answer",
 *         e -> e instanceof CallNotPermittedException refused
 *             ? "ask again in " + refused.remaining().toSeconds() + " s"
 *             : "failed: " + e);
 * assert answer.startsWith("ask again in ");
 * }</pre>
 */
public final class CallNotPermittedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;
  private final State state;
  private final Duration remaining;
  private final @Nullable OverrideMode override;

  /** Names the provider, the state that refused and how long it will at least go on refusing. */
  public CallNotPermittedException(String provider, State state, Duration remaining) {
    this(provider, state, remaining, null);
  }

  /** The same for a breaker that an operator has forced open. */
  public CallNotPermittedException(
      String provider, State state, Duration remaining, @Nullable OverrideMode override) {
    super(null, null, false, false);
    this.provider = provider;
    this.state = state;
    this.remaining = remaining;
    this.override = override;
  }

  /** The provider whose breaker refused. */
  public String provider() {
    return provider;
  }

  /** {@link State#OPEN}, or {@link State#HALF_OPEN} when no probe may be made now. */
  public State state() {
    return state;
  }

  /**
   * How long OPEN still lasts; zero when that is over and the fleet has been asked for a probe, in
   * HALF_OPEN, and when forced open without end. Zero does not mean that a call would be admitted
   * at once: {@link CircuitBreaker#onPermitAvailable} tells when it makes sense to try again.
   */
  public Duration remaining() {
    return remaining;
  }

  /** {@link OverrideMode#FORCED_OPEN} if an operator wants it so. */
  public Optional<OverrideMode> override() {
    return Optional.ofNullable(override);
  }

  @Override
  public String getMessage() {
    return "circuit breaker '"
        + provider
        + "' is "
        + (override == null ? state : override)
        + " and does not permit calls"
        + (remaining.isZero() ? "" : " for another " + remaining.toMillis() + " ms");
  }
}
