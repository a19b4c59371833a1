package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker that ends leaves nothing behind but what it has to tell. */
class ShutdownIT {
  private static final Duration END = Duration.ofSeconds(30);

  /** So long a worker that ends waits for what it has to tell to be taken. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  /** So many workers have to end in time, of so many. */
  private static final int WANTED = 2;

  private static final int ROUNDS = 5;

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::start);

  /** No lease ends because a worker was held up, nor does it by itself once it has gone. */
  private static String opensFor(String time) {
    return "fleetbreaker.probe-lease = 60 s\n"
        + "fleetbreaker.provider-defaults { failure-threshold = 3, open-duration = "
        + time
        + ", half-open-max-calls = 1, success-threshold = 1, half-open-max-duration = 10 m }\n"
        + "fleetbreaker.providers { openai {}, p1 {}, p2 {}, p3 {}, p4 {} }\n";
  }

  private static String provider(int round) {
    return round == 0 ? "openai" : "p" + round;
  }

  private List<String> locks() {
    return bench.redis().ask(jedis -> List.copyOf(jedis.keys(TestRedis.PREFIX + ":lock:*")));
  }

  private List<String> leases(String provider) {
    return bench
        .redis()
        .ask(
            jedis ->
                jedis.hkeys(TestRedis.PREFIX + ":probe:" + provider).stream()
                    .filter(field -> field.startsWith("lease:"))
                    .toList());
  }

  /** Whether it had the time to tell what it had to: a machine that is busy may not have let it. */
  private static boolean endsInTime(WorkerProcess ending) {
    ending.terminate();
    ending.awaitExit(END);
    String closed =
        ending.log().stream()
            .filter(line -> line.startsWith("closed after "))
            .findAny()
            .orElseThrow();
    return Long.parseLong(closed.split(" ", -1)[2]) < LAST_WORDS.toMillis();
  }

  @Test
  void r8ATripOfAMomentAgoIsCommittedAndNoLockIsLeft() {
    WorkerProcess staying = bench.workers(1, opensFor("5 m")).get(0);
    int inTime = 0;
    for (int round = 0; round < ROUNDS && inTime < WANTED; round++) {
      String provider = provider(round);
      WorkerProcess ending = bench.workers(1, opensFor("5 m")).get(0);

      assertThat(ending.ask("fail " + provider)).isEqualTo("3");
      if (endsInTime(ending)) {
        inTime++;
        assertThat(bench.stateInStore(provider)).contains("open");
        assertThat(locks()).isEmpty();
        bench.awaitShared(List.of(staying), provider, "open");
      }
    }
    assertThat(inTime).isEqualTo(WANTED);
  }

  @Test
  void r6TheLeaseOfAWorkerThatEndsIsFreeAtOnce() {
    WorkerProcess staying = bench.workers(1, opensFor("300 ms")).get(0);
    int inTime = 0;
    for (int round = 0; round < ROUNDS && inTime < WANTED; round++) {
      String provider = provider(round);
      WorkerProcess ending = bench.workers(1, opensFor("300 ms")).get(0);
      takeTheOnlyLease(provider, ending, staying);

      if (endsInTime(ending)) {
        inTime++;
        assertThat(leases(provider)).isEmpty();
        assertThat(locks()).isEmpty();
        FaultBench.eventually()
            .untilAsserted(
                () -> assertThat(staying.ask("succeed " + provider)).isEqualTo("admitted"));
        bench.awaitShared(List.of(staying), provider, "closed");
      }
    }
    assertThat(inTime).isEqualTo(WANTED);
  }

  private void takeTheOnlyLease(String provider, WorkerProcess taking, WorkerProcess other) {
    List<WorkerProcess> both = List.of(taking, other);
    assertThat(taking.ask("fail " + provider)).isEqualTo("3");
    bench.awaitShared(both, provider, "open");
    FaultBench.eventually().until(() -> taking.ask("hold " + provider).equals("admitted"));
    FaultBench.awaitState(both, provider, "half_open");
    FaultBench.eventually()
        .during(Duration.ofMillis(500))
        .until(() -> other.ask("succeed " + provider).equals("refused"));
    assertThat(leases(provider)).hasSize(1);
  }
}
