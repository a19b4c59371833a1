package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The way to Redis swallows what is sent, and no connection breaks. */
class BlackHoleIT {
  private static final Duration MARGIN = Duration.ofSeconds(2);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  @Test
  void itIsFoundWithinThePongTimeoutAndIsOneLogLineForEachWorker() {
    FleetSettings settings =
        FaultyRedis.settingsAt(
            bench.proxy().port(),
            "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 5 m }");
    WatchedFleet one = bench.fleet(settings);
    WatchedFleet other = bench.fleet(settings);
    List<WatchedFleet> fleets = List.of(one, other);
    FaultBench.eventually()
        .untilAsserted(
            () -> assertThat(fleets).allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.OK));

    bench.proxy().swallow();
    long since = System.nanoTime();

    FaultBench.within(settings.redis().pongTimeout().plus(MARGIN))
        .untilAsserted(() -> assertThat(fleets).noneMatch(f -> f.fleet().sync().subscribed()));
    Timings.print("a black hole, to both subscribers", Duration.ofNanos(System.nanoTime() - since));
    assertThat(fleets).allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.DEGRADED);
    assertThat(fleets).noneMatch(f -> f.fleet().sync().problem().isEmpty());
    one.trip("openai");
    assertThat(one.succeed("openai")).isFalse();
    assertThat(other.succeed("openai")).isTrue();
    bench.proxy().restore();
    bench.awaitShared(fleets, "openai", "open");
    FaultBench.eventually()
        .untilAsserted(
            () -> assertThat(fleets).allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.OK));
    assertThat(bench.log().lines("Redis cannot be reached")).hasSize(2);
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(bench.log().lines("Redis is back")).hasSize(2));
    assertThat(bench.log().lines()).filteredOn(line -> line.contains(" WARN ")).hasSize(2);
  }
}
