package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.it.child.CountingProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sixty-four threads on four workers want to be the one that probes. */
@Tag("full")
class HalfOpenStampedeIT {
  private static final int ROUNDS = 50;

  /** A round takes the open time, the probe and two commits; most of this is for the machine. */
  private static final Duration ALL_ROUNDS = Duration.ofMinutes(3);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  /** What a {@link CountingProvider} has counted. */
  private record Count(int rounds, int mostAtOnce, int probes, int mostInARound) {
    static Count of(ChildJvm provider) {
      int[] parts =
          Stream.of(provider.ask("count").split(" ", -1)).mapToInt(Integer::parseInt).toArray();
      return new Count(parts[0], parts[1], parts[2], parts[3]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void r6InEachRoundSomebodyProbesAndNeverMoreThanTheFleetMay(int maxCalls) {
    ChildJvm provider = bench.child(ChildJvm.start(CountingProvider.class, Map.of()));
    String port = provider.awaitLine("port ").substring("port ".length());
    List<WorkerProcess> workers =
        bench.workers(
            4,
            "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 300 ms,"
                + " success-threshold = 1, half-open-max-calls = "
                + maxCalls
                + " }");
    assertThat(workers.get(0).ask("fail openai")).isEqualTo("3");
    FaultBench.eventually()
        .untilAsserted(
            () -> assertThat(workers).noneMatch(w -> w.state("openai").equals("closed")));

    workers.forEach(w -> assertThat(w.ask("hammer " + port)).isEqualTo("hammering"));
    FaultBench.within(ALL_ROUNDS)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> Count.of(provider).rounds() >= ROUNDS);
    provider.ask("heal");
    bench.awaitShared(workers, "openai", "closed");

    Count count = Count.of(provider);
    long version = bench.stored("openai").orElseThrow().path("version").asLong();
    System.out.println(
        "Counted with half-open-max-calls "
            + maxCalls
            + ": "
            + count
            + ", the key's version is "
            + version);
    assertThat(count.mostAtOnce()).isBetween(1, maxCalls);
    // OPEN and HALF_OPEN are one version each: no round has passed without a probe, but perhaps the
    // first, before anybody called, and the last, which is not counted.
    assertThat(version).isLessThanOrEqualTo(2L * (count.rounds() + 2) + 1);
  }
}
