package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.it.child.SteadyCaller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis stops where it is for ten seconds, and answers nobody. */
@Tag("full")
class StalledRedisIT {
  private static final int SECONDS = 10;
  private static final Duration ALLOWANCE = Duration.ofMillis(1);
  private static final int SECONDS_BEFORE = 5;
  private static final int ROUNDS = 3;
  private static final int TRIPS_A_ROUND = 10;
  private static final List<String> TRIPS =
      IntStream.range(0, ROUNDS * TRIPS_A_ROUND).mapToObj(i -> "trip" + i).toList();
  private static final String SETTINGS =
      "fleetbreaker.provider-defaults { failure-threshold = 3, open-duration = 5 m }\n"
          + "fleetbreaker.providers { openai {}, anthropic {}, "
          + TRIPS.stream().map(trip -> trip + " {}").collect(Collectors.joining(", "))
          + " }";

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  /** What a {@link SteadyCaller} answers; times in nanoseconds. */
  private record Measured(long p99, long idleP99, int calls, int dumps, String waits) {
    static Measured of(String answer) {
      String[] parts = answer.split(" ", 5);
      return new Measured(
          Long.parseLong(parts[0]),
          Long.parseLong(parts[1]),
          Integer.parseInt(parts[2]),
          Integer.parseInt(parts[3]),
          parts[4]);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "p99 %.3f ms (of a thread that calls nothing: %.3f ms), %d calls, %d thread dumps,"
              + " waited in %s",
          p99 / 1e6,
          idleP99 / 1e6,
          calls,
          dumps,
          waits);
    }
  }

  @Test
  void r4CallsAreNoSlowerAndNoCallerWaits() {
    List<WorkerProcess> sibling = bench.workers(1, SETTINGS);
    ChildJvm caller =
        bench.child(ChildJvm.start(SteadyCaller.class, bench.redis().environment(), SETTINGS));
    caller.awaitLine("ready");
    caller.ask("measure 3");

    List<Duration> excesses = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      excesses.add(excessDuringAStall(caller, round * TRIPS_A_ROUND));
      TRIPS
          .subList(round * TRIPS_A_ROUND, (round + 1) * TRIPS_A_ROUND)
          .forEach(trip -> bench.awaitShared(sibling, trip, "open"));
    }

    // A pause of the machine may hit one caller in one round, and not the thread that calls
    // nothing.
    assertThat(excesses.stream().sorted().toList().get(ROUNDS / 2)).isLessThanOrEqualTo(ALLOWANCE);
  }

  /** By how much the slowest of a hundred calls took longer than half as long again as usual. */
  private Duration excessDuringAStall(ChildJvm caller, int firstTrip) {
    Measured before = Measured.of(caller.ask("measure " + SECONDS_BEFORE));
    bench.redis().stall();
    Measured during = Measured.of(caller.ask("measure " + SECONDS + " " + firstTrip));
    bench.redis().resume();

    System.out.println("Measured: before the stall: " + before);
    System.out.println("Measured: during the stall: " + during);
    assertThat(during.waits()).isEqualTo("nothing");
    assertThat(during.dumps()).isGreaterThan(SECONDS * 10);
    // A machine that is busier than before makes a thread late that calls nothing, too.
    long usual = Math.max(before.p99(), during.idleP99());
    return Duration.ofNanos(during.p99() - usual * 3 / 2);
  }
}
