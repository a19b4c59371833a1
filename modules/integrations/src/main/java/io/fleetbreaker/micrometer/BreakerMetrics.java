package io.fleetbreaker.micrometer;

import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Binds breakers to Micrometer, with names and tags shaped as Resilience4j's. Thread-safe.
 *
 * <table>
 *   <caption>Meters, each with the tag {@code name}: the provider, and those given</caption>
 *   <tr><th>meter</th><th>type</th><th>further tag</th></tr>
 *   <tr><td>{@code fleetbreaker.calls}</td><td>timer</td>
 *     <td>{@code kind}: successful, failed, ignored</td></tr>
 *   <tr><td>{@code fleetbreaker.not.permitted.calls}</td><td>counter</td>
 *     <td>{@code kind}: not_permitted</td></tr>
 *   <tr><td>{@code fleetbreaker.slow.calls}</td><td>counter</td>
 *     <td>{@code kind}: successful, failed</td></tr>
 *   <tr><td>{@code fleetbreaker.state}</td><td>gauge, 1 for what calls meet, else 0</td>
 *     <td>{@code state}: closed, open, half_open, forced_open, disabled, metrics_only</td></tr>
 *   <tr><td>{@code fleetbreaker.failure.rate}</td><td>gauge, percent, -1 if not known</td><td></td>
 *   </tr>
 *   <tr><td>{@code fleetbreaker.slow.call.rate}</td><td>gauge, percent, -1 if not known</td>
 *     <td></td></tr>
 * </table>
 *
 * <p>A rate is not known without a condition in the policy that asks for it, and until its window
 * holds the minimum of calls. The counters count from the worker's start, the timers from {@link
 * #bindTo} on; Resilience4j's slow calls are those of its window. There is no {@code
 * buffered.calls}: a breaker of the default policy keeps no window, and the timers tell as much.
 *
 * <p>Binding has each call read the clock twice, since a timer needs its duration. Reading the
 * meters takes no lock and asks no actor; what they say is at most 10 ms old, so that the meters of
 * one scrape agree with one another.
 *
 * <pre>{@code
 * var registry = new io.micrometer.core.instrument.simple.SimpleMeterRegistry();
 * try (var metrics = BreakerMetrics.of(fleet.breakers())) {
 *   metrics.bindTo(registry);
 *   breaker.run(() -> {});
 *   assert registry.get("fleetbreaker.calls").tag("name", "openai").timers().size() == 3;
 * }
 * }</pre>
 */
public final class BreakerMetrics implements MeterBinder, AutoCloseable {
  private static final Set<String> OWN_TAGS = Set.of("name", "kind", "state");

  private final List<CircuitBreaker> breakers;
  private final Tags tags;
  private final Ticker ticker;

  /** One for each registry; guarded by this object's lock, as is {@link #closed}. */
  private final List<RegistryMeters> bound = new ArrayList<>();

  private boolean closed;

  private BreakerMetrics(
      Collection<? extends CircuitBreaker> breakers, Iterable<Tag> tags, Ticker ticker) {
    this.breakers = List.copyOf(breakers);
    this.tags = Tags.of(tags);
    this.ticker = ticker;
    for (Tag tag : this.tags) {
      if (OWN_TAGS.contains(tag.getKey())) {
        throw new IllegalArgumentException(
            "a further tag must not be name, kind or state, was " + tag);
      }
    }
  }

  /** The meters of these breakers; none until {@link #bindTo}. */
  public static BreakerMetrics of(Collection<? extends CircuitBreaker> breakers) {
    return of(breakers, Tags.empty());
  }

  /**
   * The meters of these breakers, each with further tags; none until {@link #bindTo}. For fleets
   * that share a registry: the same key for all, such as {@code fleet}, since Prometheus wants the
   * same keys on all meters of one name.
   *
   * @throws IllegalArgumentException if a tag's key is name, kind or state
   */
  public static BreakerMetrics of(
      Collection<? extends CircuitBreaker> breakers, Iterable<Tag> tags) {
    return new BreakerMetrics(breakers, tags, Ticker.system());
  }

  static BreakerMetrics of(Collection<? extends CircuitBreaker> breakers, Ticker ticker) {
    return new BreakerMetrics(breakers, Tags.empty(), ticker);
  }

  /**
   * Registers the meters; for a registry that these have been bound to, does nothing.
   *
   * @throws IllegalStateException if this has been closed, or if the registry has a meter of the
   *     same name and tags, such as another fleet's; it then has no more than before
   */
  @Override
  public synchronized void bindTo(MeterRegistry registry) {
    if (closed) {
      throw new IllegalStateException("these metrics have been closed; make new ones");
    }
    if (bound.stream().anyMatch(meters -> meters.registry() == registry)) {
      return;
    }
    bound.add(RegistryMeters.register(registry, breakers, tags, ticker));
  }

  /** Removes these meters from all registries, and no longer has calls timed. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    bound.forEach(RegistryMeters::close);
    bound.clear();
  }
}
