package io.fleetbreaker.redis;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.RevisionId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a worker tells its fleet of itself, again and again. Immutable.
 *
 * @param instance the worker's id
 * @param address where it serves HTTP; empty if it does not
 * @param version of this library
 * @param startedMillis since 1970, by the worker's own clock
 * @param inSync whether it shared and followed the fleet's state
 * @param lagMillis how long it had not heard from the store; empty if never
 * @param providers as many as fit, those that matter most first
 */
public record WorkerBeat(
    String instance,
    String address,
    String version,
    long startedMillis,
    boolean inSync,
    OptionalLong lagMillis,
    List<ProviderBeat> providers) {
  public WorkerBeat {
    providers = List.copyOf(providers);
  }

  /**
   * What it tells of one provider.
   *
   * @param provider the provider's name
   * @param state what calls meet
   * @param override the override in force
   * @param failureCount failures in a row
   * @param failureRate percent; empty if none is counted
   * @param counts how its calls have ended
   * @param revision the revision it holds; {@link RevisionId#NONE} before the first
   * @param shared whether its state is the fleet's
   */
  public record ProviderBeat(
      String provider,
      State state,
      Optional<OverrideMode> override,
      int failureCount,
      OptionalDouble failureRate,
      CallCounts counts,
      RevisionId revision,
      boolean shared) {}
}
