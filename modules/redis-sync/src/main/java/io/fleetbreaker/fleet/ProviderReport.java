package io.fleetbreaker.fleet;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.RevisionId;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one worker has told of one provider. Immutable.
 *
 * <pre>{@code
 * ProviderReport report =
 *     new ProviderReport(
 *         "openai",
 *         State.OPEN,
 *         Optional.empty(),
 *         5,
 *         OptionalDouble.empty(),
 *         new CallCounts(10, 5, 0, 0, 0, 2),
 *         io.fleetbreaker.sync.RevisionId.NONE,
 *         true);
 * assert report.counts().rejected() == 2;
 * }</pre>
 *
 * @param provider the provider's name
 * @param state what calls meet on that worker
 * @param override the override in force there
 * @param failureCount failures in a row
 * @param failureRate percent; empty if none is counted
 * @param counts how its calls have ended since it started
 * @param revision the fleet's revision it holds
 * @param shared whether its state is the fleet's
 */
public record ProviderReport(
    String provider,
    State state,
    Optional<OverrideMode> override,
    int failureCount,
    OptionalDouble failureRate,
    CallCounts counts,
    RevisionId revision,
    boolean shared) {}
