package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator speaks to one worker, and the whole fleet obeys (R13). */
class OverridesIT {
  /** Who starts is to wait for the fleet's state, however busy the machine is. */
  private static final String SETTINGS =
      """
      fleetbreaker.start-wait = 20 s
      fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 5 m }
      """;

  private static final int WORKERS = 4;

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  @Test
  void r13ForceOpenOnOneStopsAllAndOutlivesAllOfThem() {
    List<WorkerProcess> workers = bench.workers(WORKERS, SETTINGS);

    long asked = System.nanoTime();
    assertThat(workers.get(0).ask("force openai")).startsWith("Committed ");
    FaultBench.awaitState(workers, "openai", "open");
    Timings.print(
        "force-open on one of four, until all four were seen to refuse",
        Duration.ofNanos(System.nanoTime() - asked));

    assertThat(workers).allSatisfy(w -> assertThat(w.ask("succeed openai")).isEqualTo("refused"));
    workers.forEach(WorkerProcess::close);
    List<WorkerProcess> restarted = bench.workers(WORKERS, SETTINGS);
    assertThat(restarted).allSatisfy(w -> assertThat(w.ask("succeed openai")).isEqualTo("refused"));
    assertThat(restarted.get(WORKERS - 1).ask("enable openai")).startsWith("Committed ");
    FaultBench.awaitState(restarted, "openai", "closed");
  }

  @Test
  void r13AnExpiryLiftsItEverywhere() {
    List<WorkerProcess> workers = bench.workers(WORKERS, SETTINGS);
    long asked = System.nanoTime();
    assertThat(workers.get(0).ask("force-2s openai")).startsWith("Committed ");

    // On a busy machine one may have lifted it before the last one is seen to have it.
    FaultBench.eventually()
        .untilAsserted(
            () ->
                assertThat(workers)
                    .allSatisfy(
                        w ->
                            assertThat(w.transitions("openai"))
                                .anyMatch(line -> line.startsWith("closed open "))));
    FaultBench.awaitState(workers, "openai", "closed");
    Duration lifted = Duration.ofNanos(System.nanoTime() - asked);
    String revision = workers.get(0).revision("openai");

    Timings.print("an override of 2 s, from asked for to seen lifted on all four", lifted);
    assertThat(lifted).isGreaterThan(Duration.ofMillis(1_500));
    assertThat(workers).allSatisfy(w -> assertThat(w.revision("openai")).isEqualTo(revision));
  }

  @Test
  void r13WhatIsSaidWhileRedisIsStalledIsTrueWhenItIsBack() {
    List<WorkerProcess> workers = bench.workers(2, SETTINGS);
    bench.redis().stall();

    List<String> said = List.of(workers.get(0).ask("force openai").split(" ", 2));
    bench.redis().resume();

    assertThat(said.get(0)).isIn("NotCommitted", "Unknown");
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(workers.get(0).ask("sync")).startsWith("OK"));
    String fate = workers.get(0).ask("operation " + said.get(1));
    assertThat(fate).isIn("COMMITTED", "NOT_FOUND");
    if (said.get(0).equals("NotCommitted")) {
      assertThat(fate).isEqualTo("NOT_FOUND");
    }
    FaultBench.awaitState(workers, "openai", fate.equals("COMMITTED") ? "open" : "closed");
  }
}
