package io.fleetbreaker;

import java.time.Duration;
import java.util.Optional;

/**
 * The override in force on one worker. An immutable copy.
 *
 * <pre>{@code
 * fleet.override("openai", OverrideMode.DISABLED, "ops: load test").toCompletableFuture().get();
 * OverrideView override = breaker.view().override().orElseThrow();
 * assert override.reason().equals("ops: load test") && override.remaining().isEmpty();
 * }</pre>
 *
 * @param mode what it does
 * @param reason why, for people
 * @param operator who wanted it; empty if nobody was named
 * @param remaining how long it still lasts; empty if until it is taken back
 * @param shared whether it is the fleet's; false if it was set on this worker alone
 */
public record OverrideView(
    OverrideMode mode,
    String reason,
    String operator,
    Optional<Duration> remaining,
    boolean shared) {}
