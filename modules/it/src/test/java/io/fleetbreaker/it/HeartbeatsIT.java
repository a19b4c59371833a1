package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.FleetReport;
import io.fleetbreaker.fleet.WorkerReport;
import io.fleetbreaker.fleet.WorkerReport.Presence;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is in the fleet, as any worker tells it, when processes come, leave and are killed. */
class HeartbeatsIT {
  private static final String EACH_SECOND =
      "fleetbreaker { providers.openai {}, heartbeat-interval = 1 s }\n";
  private static final Duration UNTIL_LOST = Duration.ofSeconds(3);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  private static FleetReport report(WatchedFleet watching) {
    return watching.fleet().workers().toCompletableFuture().join();
  }

  private static List<WorkerReport> of(WatchedFleet watching, WorkerProcess worker) {
    return report(watching).workers().stream()
        .filter(w -> w.instance().split(":", -1)[1].equals(Long.toString(worker.pid())))
        .toList();
  }

  private static void awaitPresence(WatchedFleet watching, WorkerProcess worker, Presence wanted) {
    FaultBench.eventually()
        .untilAsserted(
            () ->
                assertThat(of(watching, worker))
                    .singleElement()
                    .extracting(WorkerReport::presence)
                    .isEqualTo(wanted));
  }

  @Test
  void aKilledWorkerIsLostAfterThreeIntervalsOneThatEndsIsForgottenAndANewOneAppears() {
    WatchedFleet watching = bench.fleet(bench.redis().settings(EACH_SECOND));
    List<WorkerProcess> workers = bench.workers(2, EACH_SECOND);
    workers.forEach(worker -> awaitPresence(watching, worker, Presence.ALIVE));
    WorkerProcess killed = workers.get(0);
    WorkerProcess ending = workers.get(1);

    ProcessHandle.of(killed.pid()).orElseThrow().destroyForcibly();
    ending.terminate();

    awaitPresence(watching, killed, Presence.LOST);
    WorkerReport lost = of(watching, killed).get(0);
    assertThat(lost.silentFor()).isGreaterThanOrEqualTo(UNTIL_LOST);
    assertThat(lost.providers()).isEmpty();
    FaultBench.eventually().untilAsserted(() -> assertThat(of(watching, ending)).isEmpty());

    WorkerProcess joining = bench.workers(1, EACH_SECOND).get(0);

    awaitPresence(watching, joining, Presence.ALIVE);
    assertThat(of(watching, killed)).hasSize(1);
    assertThat(report(watching).workers()).hasSize(3);
  }

  @Test
  void afterAnOutageAllAreThereAgainWithoutAWarningOfTheirOwn() {
    WatchedFleet watching = bench.fleet(bench.redis().settings(EACH_SECOND));
    WorkerProcess other = bench.workers(1, EACH_SECOND).get(0);
    awaitPresence(watching, other, Presence.ALIVE);

    bench.redis().shutDown();
    FaultBench.eventually().until(() -> !watching.fleet().sync().redisConnected());
    bench.redis().startEmpty();

    FaultBench.eventually().untilAsserted(() -> assertThat(report(watching).workers()).hasSize(2));
    assertThat(bench.log().lines("heartbeat")).isEmpty();
    bench.assertOutagesToldOnce(1);
  }
}
