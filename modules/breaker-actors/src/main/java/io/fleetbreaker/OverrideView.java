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
 * @param reason who wanted it and why
 * @param remaining how long it still lasts; empty if until it is taken back
 */
public record OverrideView(OverrideMode mode, String reason, Optional<Duration> remaining) {}
