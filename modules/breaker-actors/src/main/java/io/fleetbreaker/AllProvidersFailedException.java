package io.fleetbreaker;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * No provider of a {@link Failover} has served a call: each has refused it or failed.
 *
 * <p>The last failure is the cause, those before it are suppressed. If all providers refused, there
 * is neither, and no stack trace.
 *
 * <pre>{@code
 * ProviderCall<String> call = provider -> { throw new java.io.IOException("connection reset"); };
 * try {
 *   fleet.failover().call(call);
 * } catch (AllProvidersFailedException e) {
 *   assert e.attempts().get(1).provider().equals("anthropic");
 *   assert e.getCause() instanceof java.io.IOException;
 *   assert e.retryAfter().isEmpty();
 * }
 * }</pre>
 */
public final class AllProvidersFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<Attempt> attempts;

  /**
   * Names what happened at each provider.
   *
   * @param attempts in the order in which they were asked
   */
  public AllProvidersFailedException(List<? extends Attempt> attempts) {
    this(List.copyOf(attempts), errors(attempts));
  }

  private AllProvidersFailedException(List<Attempt> attempts, List<Throwable> errors) {
    super(null, last(errors), !errors.isEmpty(), !errors.isEmpty());
    this.attempts = attempts;
    Throwable cause = getCause();
    // One exception may have been thrown by several providers, and must not be its own company.
    errors.stream().filter(error -> error != cause).forEach(this::addSuppressed);
  }

  private static List<Throwable> errors(List<? extends Attempt> attempts) {
    return attempts.stream()
        .filter(Attempt.Failed.class::isInstance)
        .map(attempt -> ((Attempt.Failed) attempt).error())
        .toList();
  }

  private static @Nullable Throwable last(List<Throwable> errors) {
    return errors.isEmpty() ? null : errors.get(errors.size() - 1);
  }

  /** What happened at each provider, in the order in which they were asked. */
  public List<Attempt> attempts() {
    return attempts;
  }

  /** Whether no call was made, because no provider admitted one. */
  public boolean allRefused() {
    return attempts.stream().allMatch(Attempt.Refused.class::isInstance);
  }

  /**
   * If all providers refused: when the first of them may be asked again, as far as that is known.
   * Empty if a call was made, or if none is {@link State#OPEN} for a known time: one whose probes
   * are out may admit a call at any moment, and one that is forced open without end never. Zero if
   * the open time of one is over, which has asked the fleet for a probe: wait a little all the
   * same.
   */
  public Optional<Duration> retryAfter() {
    if (!allRefused()) {
      return Optional.empty();
    }
    return attempts.stream()
        .map(attempt -> ((Attempt.Refused) attempt).refusal())
        .filter(refusal -> refusal.state() == State.OPEN)
        // A breaker of itself always knows when its OPEN ends; one forced open knows only this way.
        .filter(refusal -> refusal.override().isEmpty() || !refusal.remaining().isZero())
        .map(CallNotPermittedException::remaining)
        .min(Duration::compareTo);
  }

  @Override
  public String getMessage() {
    return (allRefused() ? "no provider admits calls: " : "no provider served the call: ")
        + attempts.stream().map(Attempt::toString).collect(Collectors.joining(", "));
  }
}
