package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.it.child.SteadyCaller;
import java.time.Duration;
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
  private static final List<String> TRIPS =
      IntStream.range(0, 10).mapToObj(i -> "trip" + i).toList();
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
    caller.ask("measure 3 false");

    Measured before = Measured.of(caller.ask("measure " + SECONDS + " false"));
    bench.redis().stall();
    Measured during = Measured.of(caller.ask("measure " + SECONDS + " true"));
    bench.redis().resume();

    System.out.println("Measured: before the stall: " + before);
    System.out.println("Measured: during the stall: " + during);
    assertThat(during.waits()).isEqualTo("nothing");
    assertThat(during.dumps()).isGreaterThan(SECONDS * 10);
    // A machine that is busier than before makes a thread late that calls nothing, too.
    long usual = Math.max(before.p99(), during.idleP99());
    assertThat(during.p99()).isLessThanOrEqualTo(usual * 3 / 2 + ALLOWANCE.toNanos());
    TRIPS.forEach(trip -> bench.awaitShared(sibling, trip, "open"));
  }
}
