package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens on workers while Redis is down, and what of it reaches the fleet afterwards. */
class OutageIT {
  private static final String OPEN_FOR_MINUTES =
      "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 5 m }\n";
  private static final String OPEN_FOR_A_MOMENT =
      "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 200 ms }\n";
  private static final String NO_RECONCILE = "fleetbreaker.reconcile-interval = 10 m\n";

  /** A second, after the longest wait before a reconnect; and some for the machine. */
  private static final Duration SOON = Duration.ofSeconds(1 + 1 + 1);

  private static final int ROUNDS = 3;

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  private static void awaitAlone(List<WorkerProcess> workers) {
    FaultBench.eventually()
        .untilAsserted(
            () ->
                assertThat(workers)
                    .allSatisfy(w -> assertThat(w.ask("sync")).startsWith("DEGRADED")));
  }

  @Test
  void r8ATripWhileRedisIsDownIsLocalAtOnceAndTheFleetsWithinASecond() {
    List<WorkerProcess> workers = bench.workers(3, OPEN_FOR_MINUTES + NO_RECONCILE);

    // A machine that is busy with something else delays one of them at times.
    List<Duration> times = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      times.add(tripsWhileRedisIsDown(workers));
      assertThat(workers.get(0).ask("reset openai")).isEqualTo("COMMITTED");
      bench.awaitShared(workers, "openai", "closed");
    }

    assertThat(times.stream().sorted().toList().get(ROUNDS / 2)).isLessThanOrEqualTo(SOON);
  }

  /** Returns how long it took, once Redis was back, until all were open. */
  private Duration tripsWhileRedisIsDown(List<WorkerProcess> workers) {
    bench.redis().shutDown();
    awaitAlone(workers);

    assertThat(workers.get(0).ask("fail openai")).isEqualTo("3");
    assertThat(workers.get(0).ask("succeed openai")).isEqualTo("refused");
    assertThat(workers.get(0).view("openai")).startsWith("open ").contains(" local ");
    assertThat(workers.get(1).ask("succeed openai")).isEqualTo("admitted");
    bench.redis().startEmpty();
    long back = System.nanoTime();

    FaultBench.awaitState(workers, "openai", "open");
    Duration took = Duration.ofNanos(System.nanoTime() - back);
    Timings.print("a trip while Redis was down, from Redis back to all three open", took);
    bench.awaitShared(workers, "openai", "open");
    assertThat(bench.stateInStore("openai")).contains("open");
    return took;
  }

  /** The store keeps what it holds: only the way to it is cut. */
  @Test
  void r5WhoRecoveredAloneMeanwhileDoesNotCloseTheFleet() {
    var behindTheProxy = FaultyRedis.environmentAt(bench.proxy().port());
    WorkerProcess tripping =
        bench.worker(behindTheProxy, OPEN_FOR_MINUTES + NO_RECONCILE).awaitWaiting().join();
    WorkerProcess recovering =
        bench.worker(behindTheProxy, OPEN_FOR_A_MOMENT + NO_RECONCILE).awaitWaiting().join();
    List<WorkerProcess> workers = List.of(tripping, recovering);
    workers.forEach(WorkerProcess::awaitJoined);
    assertThat(tripping.ask("reset openai")).isEqualTo("COMMITTED");
    bench.awaitShared(workers, "openai", "closed");
    bench.proxy().cut();
    awaitAlone(workers);

    assertThat(recovering.ask("fail openai")).isEqualTo("3");
    FaultBench.eventually().until(() -> recovering.ask("succeed openai").equals("admitted"));
    FaultBench.awaitState(List.of(recovering), "openai", "closed");
    assertThat(tripping.ask("fail openai")).isEqualTo("3");
    int[] marks = FaultBench.marks(List.of(tripping), "openai");
    bench.proxy().restore();

    bench.awaitShared(workers, "openai", "open");
    FaultBench.eventually()
        .during(2, TimeUnit.SECONDS)
        .untilAsserted(() -> bench.assertShared(workers, "openai", "open"));
    FaultBench.assertNobodyLeftOpen(List.of(tripping), "openai", marks);
  }
}
