package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker that ends leaves nothing behind but what it has to tell. */
class ShutdownIT {
  private static final Duration END = Duration.ofSeconds(20);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  private static String opensFor(String time) {
    return "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = "
        + time
        + ", half-open-max-calls = 1, success-threshold = 1 }\n";
  }

  private List<String> locks() {
    return bench.redis().ask(jedis -> List.copyOf(jedis.keys(TestRedis.PREFIX + ":lock:*")));
  }

  private List<String> leases() {
    return bench
        .redis()
        .ask(
            jedis ->
                jedis.hkeys(TestRedis.PREFIX + ":probe:openai").stream()
                    .filter(field -> field.startsWith("lease:"))
                    .toList());
  }

  @Test
  void r8ATripOfAMomentAgoIsCommittedAndNoLockIsLeft() {
    List<WorkerProcess> workers = bench.workers(2, opensFor("5 m"));
    WorkerProcess ending = workers.get(0);
    WorkerProcess staying = workers.get(1);

    assertThat(ending.ask("fail openai")).isEqualTo("3");
    ending.terminate();
    ending.awaitExit(END);

    assertThat(bench.stateInStore("openai")).contains("open");
    assertThat(locks()).isEmpty();
    bench.awaitShared(List.of(staying), "openai", "open");
  }

  @Test
  void r6TheLeaseOfAWorkerThatEndsIsFreeAtOnce() {
    List<WorkerProcess> workers = bench.workers(2, opensFor("300 ms"));
    WorkerProcess ending = workers.get(0);
    WorkerProcess staying = workers.get(1);
    assertThat(ending.ask("fail openai")).isEqualTo("3");
    bench.awaitShared(workers, "openai", "open");
    FaultBench.eventually().until(() -> ending.ask("hold openai").equals("admitted"));
    FaultBench.awaitState(workers, "openai", "half_open");
    FaultBench.eventually()
        .during(Duration.ofMillis(500))
        .until(() -> staying.ask("succeed openai").equals("refused"));
    assertThat(leases()).hasSize(1);

    ending.terminate();
    ending.awaitExit(END);

    assertThat(leases()).isEmpty();
    assertThat(locks()).isEmpty();
    FaultBench.within(Duration.ofSeconds(2))
        .untilAsserted(() -> assertThat(staying.ask("succeed openai")).isEqualTo("admitted"));
    bench.awaitShared(List.of(staying), "openai", "closed");
  }
}
