package io.fleetbreaker.fleet;

import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Optional;

/**
 * What an operator wants of a provider, in the whole fleet. Immutable.
 *
 * <pre>{@code
 * OperatorCommand command =
 *     new OperatorCommand(
 *         "openai",
 *         OperatorAction.FORCE_OPEN,
 *         "alice",
 *         "the provider asked us to stay away",
 *         Optional.of(Duration.ofMinutes(30)),
 *         Optional.empty(),
 *         true);
 * fleet.execute(command).toCompletableFuture().get();
 * assert breaker.tryAcquire().isEmpty();
 * }</pre>
 *
 * @param provider a configured provider
 * @param action what to do
 * @param operator who wants it, 1 to 128 characters; stands in the history and on every worker
 * @param reason why, 1 to 300 characters
 * @param lasting after which an override ends by itself, by the Redis server's clock, or how long a
 *     trip keeps the breaker open; 1 s to 365 days, for a trip to 1 day. Empty: an override lasts
 *     until it is ended, a trip for the provider's open time. Not allowed for RESET and ENABLE
 * @param ifRevision only if the fleet's revision is this one; empty for whatever it is
 * @param hereIfNotCommitted whether to apply it to this worker alone if it cannot be committed
 */
public record OperatorCommand(
    String provider,
    OperatorAction action,
    String operator,
    String reason,
    Optional<Duration> lasting,
    Optional<RevisionId> ifRevision,
    boolean hereIfNotCommitted) {}
