package io.fleetbreaker.it.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.Fleet;
import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.HistoryPage;
import io.fleetbreaker.fleet.HistoryQuery;
import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.SyncSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A worker of a fleet in this JVM, whose breakers open at the third failure. */
final class Worker implements AutoCloseable {
  private static final Duration OPEN_FOR = Duration.ofMinutes(5);

  private final Fleet fleet;

  private Worker(Fleet fleet) {
    this.fleet = fleet;
  }

  static Worker start(RedisSettings redis, Duration openFor, String... providers) {
    return start(redis, Duration.ofSeconds(2), openFor, providers);
  }

  /** Returns when it holds the fleet's state, however busy the machine is. */
  static Worker join(RedisSettings redis, String... providers) {
    return start(redis, Duration.ofSeconds(30), OPEN_FOR, providers);
  }

  private static Worker start(
      RedisSettings redis, Duration startWait, Duration openFor, String... providers) {
    List<ProviderSettings> settings =
        Arrays.stream(providers)
            .map(
                name ->
                    ProviderSettings.builder(name)
                        .failureThreshold(3)
                        .openDuration(openFor)
                        .build())
            .toList();
    return new Worker(
        Fleet.start(
            new FleetSettings(
                settings,
                redis,
                true,
                startWait,
                SyncSettings.DEFAULTS.withReconcileInterval(Duration.ofSeconds(2)))));
  }

  static Worker start(RedisSettings redis, String... providers) {
    return start(redis, OPEN_FOR, providers);
  }

  static RedisSettings redis(String uri, String prefix) {
    return RedisSettings.of(URI.create(uri)).withPrefix(prefix);
  }

  Fleet fleet() {
    return fleet;
  }

  /** Whether three failures were admitted, so that the breaker is open. */
  boolean trip(String provider) {
    for (int i = 0; i < 3; i++) {
      Optional<Permit> permit = fleet.breaker(provider).tryAcquire();
      if (permit.isEmpty()) {
        return false;
      }
      permit.get().failure();
    }
    return true;
  }

  /** A call that goes well, if it is admitted. */
  boolean succeed(String provider) {
    Optional<Permit> permit = fleet.breaker(provider).tryAcquire();
    permit.ifPresent(Permit::success);
    return permit.isPresent();
  }

  ResetOutcome reset(String provider) {
    return fleet.reset(provider, "by a test").toCompletableFuture().join();
  }

  HistoryPage history(HistoryQuery query) {
    return fleet.history(query).toCompletableFuture().join();
  }

  /** Events that have arrived, this worker's own among them. */
  long eventsReceived() {
    return fleet.sync().eventsReceived();
  }

  FleetReport workers() {
    return fleet.workers().toCompletableFuture().join();
  }

  BreakerView view(String provider) {
    return fleet.breaker(provider).view();
  }

  /** Waits until this worker and the fleet agree that the provider is so. */
  void awaitShared(String provider, State state, Duration limit) {
    await()
        .atMost(limit)
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(
            () -> {
              assertThat(view(provider).state())
                  .as(provider + ": " + fleet.sync())
                  .isEqualTo(state);
              assertThat(view(provider).shared()).as(provider + ": " + fleet.sync()).isTrue();
            });
  }

  @Override
  public void close() {
    fleet.close();
  }
}
