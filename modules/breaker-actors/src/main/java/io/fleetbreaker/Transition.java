package io.fleetbreaker;

import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One change of what a breaker's callers meet on one worker. Immutable.
 *
 * <pre>{@code
 * BlockingQueue<Transition> seen = new LinkedBlockingQueue<>();
 * breaker.events().onTransition(seen::add);
 * for (int i = 0; i < 5; i++) {
 *   breaker.tryAcquire().orElseThrow().failure();
 * }
 * Transition opened = seen.poll(5, TimeUnit.SECONDS);
 * assert opened.to() == State.OPEN && opened.reason().equals("5 consecutive failures");
 * }</pre>
 *
 * @param provider the provider's name
 * @param from what calls met before, see {@link BreakerView#state}
 * @param to what calls meet now
 * @param override the override in force now
 * @param remaining how long OPEN will last; zero unless OPEN, and under an override without end
 * @param reason why, for people; names the worker if it was another one's doing
 * @param revision the fleet's revision this worker holds
 * @param at when, by this worker's wall clock
 */
public record Transition(
    String provider,
    State from,
    State to,
    Optional<OverrideMode> override,
    Duration remaining,
    String reason,
    RevisionId revision,
    Instant at) {}
