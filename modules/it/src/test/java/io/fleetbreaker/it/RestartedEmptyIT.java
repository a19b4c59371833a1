package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis is shut down and comes back with nothing in it. */
class RestartedEmptyIT {
  /** Who starts is to wait for the fleet's state, however busy the machine is. */
  private static final String OPEN_FOR_MINUTES =
      """
      fleetbreaker.start-wait = 20 s
      fleetbreaker.providers.openai { failure-threshold = 3, open-duration = 5 m }
      """;

  private static final String NO_RECONCILE = "fleetbreaker.reconcile-interval = 10 m\n";

  /** The interval's default, the longest wait before a reconnect, and some for the machine. */
  private static final Duration RECONCILE = Duration.ofSeconds(5 + 1 + 2);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  private void open(List<WorkerProcess> workers) {
    assertThat(workers.get(0).ask("fail openai")).isEqualTo("3");
    bench.awaitShared(workers, "openai", "open");
  }

  @Test
  void r11NobodyClosesAndTheKeyIsBackWithinOneReconcile() {
    List<WorkerProcess> workers = bench.workers(4, OPEN_FOR_MINUTES);
    open(workers);
    int[] marks = FaultBench.marks(workers, "openai");

    bench.redis().shutDown();
    bench.redis().startEmpty();
    long back = System.nanoTime();

    FaultBench.within(RECONCILE)
        .untilAsserted(() -> assertThat(bench.stateInStore("openai")).contains("open"));
    Timings.print("Redis back empty, to the key back", Duration.ofNanos(System.nanoTime() - back));
    bench.awaitShared(workers, "openai", "open");
    WorkerProcess fifth = bench.worker(OPEN_FOR_MINUTES).awaitWaiting().join();
    assertThat(fifth.awaitJoined()).startsWith("refused open ").contains(" shared ");
    FaultBench.assertNobodyLeftOpen(workers, "openai", marks);
    List<Member> all = new ArrayList<>(workers);
    all.add(fifth);
    bench.awaitShared(all, "openai", "open");
  }

  @Test
  @Tag("full")
  void r9WhoJoinsAtOnceIsOpenBeforeItsFirstCall() {
    List<WorkerProcess> workers = bench.workers(4, OPEN_FOR_MINUTES + NO_RECONCILE);
    open(workers);
    int[] marks = FaultBench.marks(workers, "openai");
    WorkerProcess fifth = bench.worker(OPEN_FOR_MINUTES + NO_RECONCILE).awaitWaiting();

    bench.redis().shutDown();
    bench.redis().startEmpty();
    fifth.join();

    assertThat(fifth.awaitJoined()).startsWith("refused open ");
    FaultBench.assertNobodyLeftOpen(workers, "openai", marks);
    List<Member> all = new ArrayList<>(workers);
    all.add(fifth);
    bench.awaitShared(all, "openai", "open");
  }
}
