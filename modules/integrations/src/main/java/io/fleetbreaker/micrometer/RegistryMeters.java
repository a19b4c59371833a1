package io.fleetbreaker.micrometer;

import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Ticker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The meters of some breakers in one registry, none of them shared: a registry answers a name and
 * tags that it knows with the meter it has, which counts for somebody else. Not thread-safe.
 */
final class RegistryMeters {
  private final MeterRegistry registry;
  private final List<Meter> own = new ArrayList<>();
  private final List<Subscription> observations = new ArrayList<>();

  /** What the registry has: others' and these; empty again when all are registered. */
  private final Set<Meter> taken = Collections.newSetFromMap(new IdentityHashMap<>());

  private RegistryMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * Registers the meters and has the breakers' calls timed, until {@link #close}.
   *
   * @throws IllegalStateException if the registry has one of them already; it then has no more than
   *     before
   */
  static RegistryMeters register(
      MeterRegistry registry, List<CircuitBreaker> breakers, Tags tags, Ticker ticker) {
    RegistryMeters made = new RegistryMeters(registry);
    // Two fleets that bind at the same time must not both find the registry empty.
    synchronized (registry) {
      made.taken.addAll(registry.getMeters());
      try {
        for (CircuitBreaker breaker : breakers) {
          BreakerMeters meters = new BreakerMeters(made, breaker, tags, ticker);
          made.observations.add(breaker.observe(meters));
        }
      } catch (RuntimeException e) {
        made.close();
        throw e;
      }
    }
    made.taken.clear();
    return made;
  }

  MeterRegistry registry() {
    return registry;
  }

  /**
   * Takes a meter that the registry has just given.
   *
   * @throws IllegalStateException if it gave one that was there before
   */
  <M extends Meter> M kept(M meter) {
    if (!taken.add(meter)) {
      throw new IllegalStateException(
          "the registry already has the meter "
              + meter.getId().getName()
              + meter.getId().getTags()
              + ": close the metrics that registered it, or give each fleet's a tag of their own,"
              + " such as BreakerMetrics.of(fleet.breakers(), Tags.of(\"fleet\", \"a\"))");
    }
    own.add(meter);
    return meter;
  }

  /** Leaves the registry what others have registered, even under the same names since. */
  void close() {
    observations.forEach(Subscription::close);
    Set<Meter> there = Collections.newSetFromMap(new IdentityHashMap<>());
    there.addAll(registry.getMeters());
    own.stream().filter(there::contains).forEach(registry::remove);
  }
}
