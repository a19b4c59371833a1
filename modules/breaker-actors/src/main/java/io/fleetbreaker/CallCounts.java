package io.fleetbreaker;

/**
 * How the calls of one provider on one worker have ended since the worker started. An immutable
 * copy; the numbers are read one after the other while calls go on.
 *
 * <pre>{@code
 * breaker.run(() -> {});
 * CallCounts counts = breaker.view().counts();
 * assert counts.successful() == 1 && counts.failed() == 0 && counts.rejected() == 0;
 * }</pre>
 *
 * @param successful calls that ended well, slow ones included
 * @param failed calls that counted against the provider, slow ones included
 * @param ignored calls that said nothing about the provider
 * @param slowSuccessful those of {@code successful} that were slow
 * @param slowFailed those of {@code failed} that were slow
 * @param rejected calls that the breaker refused
 */
public record CallCounts(
    long successful,
    long failed,
    long ignored,
    long slowSuccessful,
    long slowFailed,
    long rejected) {}
