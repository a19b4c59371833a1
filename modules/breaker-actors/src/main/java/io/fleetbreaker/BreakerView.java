package io.fleetbreaker;

import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What one worker sees of one provider at one moment. An immutable copy.
 *
 * @param provider the provider's name
 * @param priority lower is preferred
 * @param state the state on this worker
 * @param stateAge for how long the worker has been in it, by its monotonic clock
 * @param remaining how long OPEN still lasts; zero unless OPEN
 * @param failureCount failures this worker counted in a row; 0 on a worker that another one opened
 * @param successCount successful calls this worker counted since it started
 * @param rejectedCount calls this worker refused since it started
 * @param lastFailure when this worker last counted a failure, by its wall clock
 * @param failureThreshold consecutive failures that open the breaker
 * @param reason why the breaker is in this state
 * @param revision the fleet's revision this worker holds; {@link RevisionId#NONE} before the first
 * @param shared whether the state is the fleet's; false while a local transition is not committed
 */
public record BreakerView(
    String provider,
    int priority,
    State state,
    Duration stateAge,
    Duration remaining,
    int failureCount,
    long successCount,
    long rejectedCount,
    Optional<Instant> lastFailure,
    int failureThreshold,
    String reason,
    RevisionId revision,
    boolean shared) {}
