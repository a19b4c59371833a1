package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.FleetSettings;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The way to Redis swallows what is sent, and no connection breaks. */
class BlackHoleIT {
  private static final Duration MARGIN = Duration.ofSeconds(2);
  private static final int ROUNDS = 3;

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  @Test
  void itIsFoundWithinThePongTimeoutAndIsOneLogLineForEachWorker() {
    FleetSettings settings =
        FaultyRedis.settingsAt(
            bench.proxy().port(),
            "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 5 m }");
    List<WatchedFleet> fleets = List.of(bench.fleet(settings), bench.fleet(settings));
    awaitOk(fleets);

    List<Duration> times = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      times.add(fallsIntoAHoleAndComesBack(fleets));
    }

    times.forEach(time -> Timings.print("a black hole, to both subscribers", time));
    // A machine that is busy with something else delays one of them at times.
    assertThat(times.stream().sorted().toList().get(ROUNDS / 2))
        .isLessThan(settings.redis().pongTimeout().plus(MARGIN));
    assertThat(bench.log().lines(FaultBench.OUTAGE)).hasSizeGreaterThanOrEqualTo(2 * ROUNDS);
    bench.assertOutagesToldOnce(2);
    assertThat(bench.log().lines())
        .filteredOn(line -> line.contains(" WARN "))
        .allMatch(line -> line.contains(FaultBench.OUTAGE));
  }

  /** Returns how long it took until both had noticed. */
  private Duration fallsIntoAHoleAndComesBack(List<WatchedFleet> fleets) {
    WatchedFleet one = fleets.get(0);
    WatchedFleet other = fleets.get(1);

    bench.proxy().swallow();
    long since = System.nanoTime();

    FaultBench.eventually()
        .untilAsserted(() -> assertThat(fleets).noneMatch(f -> f.fleet().sync().subscribed()));
    Duration found = Duration.ofNanos(System.nanoTime() - since);
    FaultBench.eventually()
        .untilAsserted(
            () ->
                assertThat(fleets)
                    .allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.DEGRADED)
                    .noneMatch(f -> f.fleet().sync().problem().isEmpty()));
    one.trip("openai");
    assertThat(one.succeed("openai")).isFalse();
    assertThat(other.succeed("openai")).isTrue();
    bench.proxy().restore();
    bench.awaitShared(fleets, "openai", "open");
    awaitOk(fleets);
    one.fleet().reset("openai", "by a test").toCompletableFuture().join();
    bench.awaitShared(fleets, "openai", "closed");
    return found;
  }

  private static void awaitOk(List<WatchedFleet> fleets) {
    FaultBench.eventually()
        .untilAsserted(
            () -> assertThat(fleets).allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.OK));
  }
}
