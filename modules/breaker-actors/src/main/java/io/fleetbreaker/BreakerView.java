package io.fleetbreaker;

import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one worker sees of one provider at one moment. An immutable copy.
 *
 * <pre>{@code
 * BreakerView view = breaker.view();
 * String line = view.provider() + " is " + view.state() + ": " + view.reason();
 * assert line.equals("openai is CLOSED: started");
 * }</pre>
 *
 * @param provider the provider's name
 * @param priority lower is preferred
 * @param state what calls meet: under an override OPEN or CLOSED, whatever the automatic state is
 * @param automaticState the state without the override
 * @param override the override in force on this worker
 * @param stateAge for how long the worker has been in it, by its monotonic clock
 * @param remaining how long OPEN still lasts; zero unless OPEN, and under an override without end
 * @param failureCount failures this worker counted in a row; 0 on a worker that another one opened
 * @param failureRate percent of the calls in the window of the policy's failure rate; empty without
 *     one, and until the window holds the minimum of calls
 * @param slowCallRate the same for slow calls
 * @param counts how this worker's calls have ended since it started
 * @param lastFailure when this worker last counted a failure, by its wall clock
 * @param failureThreshold failures in a row that open the breaker, see {@link
 *     TripPolicy#failuresThatOpen}
 * @param reason why the breaker is in this state
 * @param revision the fleet's revision this worker holds; {@link RevisionId#NONE} before the first
 * @param shared whether the state is the fleet's; false while a local transition is not committed
 */
public record BreakerView(
    String provider,
    int priority,
    State state,
    State automaticState,
    Optional<OverrideView> override,
    Duration stateAge,
    Duration remaining,
    int failureCount,
    OptionalDouble failureRate,
    OptionalDouble slowCallRate,
    CallCounts counts,
    Optional<Instant> lastFailure,
    int failureThreshold,
    String reason,
    RevisionId revision,
    boolean shared) {}
