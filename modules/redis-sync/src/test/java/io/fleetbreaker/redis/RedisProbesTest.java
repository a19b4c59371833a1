package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.ProbeContract.OPEN;
import static io.fleetbreaker.redis.ProbeContract.ROUND;
import static io.fleetbreaker.redis.ProbeContract.ask;
import static io.fleetbreaker.redis.ProbeContract.halfOpen;
import static io.fleetbreaker.redis.Revisions.EPOCH;
import static io.fleetbreaker.redis.Revisions.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.Patience;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The probe scripts under contention and among strangers, in a real Redis. */
final class RedisProbesTest {
  private static final Duration SOON = Patience.LIMIT;
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final String STATE = "test_flexiai:state:openai";
  private static final String PROBE = "test_flexiai:probe:openai";
  private static final int THREADS = 16;
  private static final int MOST = 3;
  private static TestRedis redis;

  private RedisSettings settings;
  private RedisStore store;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.start();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void openStore() {
    redis.run("FLUSHALL");
    settings = TestSettings.shortWaits(redis.settings());
    store = RedisStore.open(settings);
    commit(RevisionId.NONE, OPEN);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void manyWhoAskAtOnceNeverHoldMoreThanTheMost() throws Exception {
    RevisionId base = OPEN.id();
    for (int round = 1; round <= 50; round++) {
      Revision halfOpen = halfOpen(2L * round, "round" + round);
      AtomicInteger held = new AtomicInteger();
      AtomicInteger granted = new AtomicInteger();
      RevisionId from = base;

      inThreads(
          thread -> {
            for (int i = 0; i < 20; i++) {
              String lease = thread + "-" + i;
              ProbeAsk ask = new ProbeAsk("openai", from, halfOpen, lease, MOST, 1, LONG);
              if (store.askProbe(ask) instanceof ProbeAnswer.Granted) {
                assertThat(held.incrementAndGet()).isLessThanOrEqualTo(MOST);
                granted.incrementAndGet();
                // A round trip's time to be seen with it.
                assertThat(store.renewProbes("openai", halfOpen.id(), List.of(lease), LONG))
                    .isInstanceOfSatisfying(
                        Renewal.Renewed.class,
                        renewed -> assertThat(renewed.alive()).containsExactly(lease));
                held.decrementAndGet();
                store.settleProbe("openai", halfOpen.id(), lease, false, 1);
              }
            }
          });

      assertThat(granted.get()).isGreaterThanOrEqualTo(MOST);
      Revision again = open(EPOCH, 2L * round + 1, "trip" + round);
      commit(halfOpen.id(), again);
      base = again.id();
    }
  }

  @Test
  void placesOfProbersThatDieAreNeverTakenByMoreThanTheMost() throws Exception {
    Queue<Long> grants = new ConcurrentLinkedQueue<>();
    long deadlineNanos = System.nanoTime() + LONG.toNanos();

    inThreads(
        thread -> {
          for (int i = 0; grants.size() < 30 && System.nanoTime() - deadlineNanos < 0; i++) {
            ProbeAsk ask =
                new ProbeAsk("openai", OPEN.id(), ROUND, thread + "-" + i, MOST, 1, SHORT);
            if (store.askProbe(ask) instanceof ProbeAnswer.Granted granted) {
              grants.add(granted.serverMillis());
            }
          }
        });

    assertThat(grants).as("places become free again").hasSizeGreaterThanOrEqualTo(30);
    List<Long> inOrder = new ArrayList<>(grants);
    inOrder.sort(Comparator.naturalOrder());
    for (int i = MOST; i < inOrder.size(); i++) {
      assertThat(inOrder.get(i) - inOrder.get(i - MOST))
          .as("between a grant and the one %d later", MOST)
          .isGreaterThanOrEqualTo(SHORT.toMillis());
    }
  }

  @Test
  void ofManySuccessesAtOnceExactlyOneMakesTheCloseDue() throws Exception {
    for (int i = 0; i < THREADS; i++) {
      assertGranted("l" + i, THREADS);
    }
    Queue<Settlement> settlements = new ConcurrentLinkedQueue<>();

    inThreads(
        thread ->
            settlements.add(store.settleProbe("openai", ROUND.id(), "l" + thread, true, THREADS)));

    assertThat(settlements).hasSize(THREADS);
    assertThat(settlements).filteredOn(Settlement.CloseDue.class::isInstance).hasSize(1);
  }

  @Test
  void ofManyWhoBeginARoundOneDoesAndTheOthersJoinIt() throws Exception {
    Queue<Revision> rounds = new ConcurrentLinkedQueue<>();

    inThreads(
        thread -> {
          ProbeAnswer answer =
              store.askProbe(ask(halfOpen(2, "op" + thread), "l" + thread, THREADS, 1));
          rounds.add(((ProbeAnswer.Granted) answer).round());
        });

    assertThat(rounds).hasSize(THREADS);
    assertThat(rounds.stream().distinct()).hasSize(1);
    assertThat(redis.run("XLEN", "test_flexiai:history"))
        .as("the trip and one round")
        .isEqualTo(2L);
  }

  @Test
  void aRoundIsAHashOfItsRevisionItsSuccessesAndItsLeases() {
    long asked = granted(store.askProbe(ask(ROUND, "l1", 2, 5))).serverMillis();
    assertGranted("l2", 2);
    store.askProbe(ask(ROUND, "l3", 2, 5));
    store.settleProbe("openai", ROUND.id(), "l2", true, 5);

    assertThat(hash("round")).isEqualTo(EPOCH + ".2.round");
    assertThat(hash("lease:l1")).isEqualTo((asked + LONG.toMillis()) + " 30000");
    assertThat(hash("successes")).isEqualTo("1");
    assertThat(hash("wanted")).isEqualTo("1");
    assertThat(redis.run("HLEN", PROBE)).isEqualTo(4L);
    assertThat((Long) redis.run("PTTL", PROBE)).isBetween(3_500_000L, 3_600_000L);
    assertThat((Long) redis.run("PTTL", STATE)).isBetween(3_500_000L, 3_600_000L);
  }

  @Test
  void aRenewalMovesTheEndOfALease() {
    ProbeAsk brief = new ProbeAsk("openai", OPEN.id(), ROUND, "l1", 1, 1, Duration.ofSeconds(20));
    long asked = granted(store.askProbe(brief)).serverMillis();

    store.renewProbes("openai", ROUND.id(), List.of("l1"), Duration.ofSeconds(60));

    long end = Long.parseLong(hash("lease:l1").replace(" 60000", ""));
    assertThat(end).isBetween(asked + 60_000, asked + 60_000 + SOON.toMillis());
  }

  @Test
  void aClockThatSteppedBackKeepsNoPlaceTakenForLongerThanALease() {
    assertGranted("l1", 1);
    redis.run("HSET", PROBE, "lease:l1", "99999999999999 100");

    assertThat(store.askProbe(ask(ROUND, "l2", 1, 1))).isInstanceOf(ProbeAnswer.Busy.class);

    await()
        .atMost(SOON)
        .until(() -> store.askProbe(ask(ROUND, "l2", 1, 1)) instanceof ProbeAnswer.Granted);
  }

  @Test
  void aCloseThatWasDueBeforeTheClockSteppedBackIsToldAgain() {
    assertGranted("l1", 1);
    store.settleProbe("openai", ROUND.id(), "l1", true, 1);
    redis.run("HSET", PROBE, "due_ms", "99999999999999");

    assertThat(store.askProbe(ask(ROUND, "l2", 1, 1))).isInstanceOf(ProbeAnswer.CloseDue.class);
  }

  @Test
  void whatStrangersWroteIntoARoundTakesNoPlace() {
    assertGranted("l1", 2);
    redis.run("HSET", PROBE, "lease:a", "soon", "lease:b", "", "lease:c", "-1 5", "x", "y");
    redis.run("HSET", PROBE, "successes", "many", "due_ms", "never");

    assertGranted("l2", 2);
    assertThat(store.settleProbe("openai", ROUND.id(), "l1", true, 1))
        .isInstanceOf(Settlement.CloseDue.class);
  }

  @Test
  void aProbeKeyOfAnotherTypeIsReplaced() {
    redis.run("SET", PROBE, "text");
    assertGranted("l1", 1);

    redis.run("DEL", PROBE);
    redis.run("RPUSH", PROBE, "a", "list");
    assertThat(store.settleProbe("openai", ROUND.id(), "l1", true, 1))
        .isInstanceOf(Settlement.Late.class);
    redis.run("SET", PROBE, "text");
    assertThat(store.renewProbes("openai", ROUND.id(), List.of("l1"), LONG))
        .isEqualTo(new Renewal.Renewed(Set.of(), false));
    assertGranted("l2", 1);
  }

  @Test
  void aStateOfAnotherTypeIsNoRound() {
    redis.run("DEL", STATE);
    redis.run("RPUSH", STATE, "a", "list");

    assertThat(store.askProbe(ask(ROUND, "l1", 1, 1)))
        .isInstanceOfSatisfying(
            ProbeAnswer.Conflict.class, conflict -> assertThat(conflict.current()).isEmpty());
    assertThat(store.settleProbe("openai", ROUND.id(), "l1", true, 1))
        .isInstanceOf(Settlement.Late.class);
  }

  @Test
  void anIndexAndAHistoryOfAnotherTypeHoldNoRoundUp() {
    redis.run("DEL", "test_flexiai:open", "test_flexiai:history");
    redis.run("SET", "test_flexiai:open", "text");
    redis.run("SET", "test_flexiai:history", "text");

    assertGranted("l1", 1);
    assertThat(store.getState("openai")).contains(StoredState.of(ROUND));
  }

  @Test
  void scriptsThatTheServerForgotAreSentAgain() {
    redis.run("SCRIPT", "FLUSH");
    assertGranted("l1", 1);
    redis.run("SCRIPT", "FLUSH");
    assertThat(store.renewProbes("openai", ROUND.id(), List.of("l1"), LONG))
        .isEqualTo(new Renewal.Renewed(Set.of("l1"), false));
    redis.run("SCRIPT", "FLUSH");
    assertThat(store.settleProbe("openai", ROUND.id(), "l1", true, 1))
        .isInstanceOf(Settlement.CloseDue.class);
  }

  @Test
  void aStoreThatIsAwayIsToldAndNotThrown() {
    URI nowhere = URI.create("redis://127.0.0.1:" + TestRedis.refusingPort() + "/15");
    try (RedisStore lost = RedisStore.open(TestSettings.with(settings, nowhere, SHORT))) {
      assertThat(lost.askProbe(ask(ROUND, "l1", 1, 1)))
          .isInstanceOfSatisfying(
              ProbeAnswer.Failed.class,
              failed -> assertThat(failed.cause()).contains("Connection refused"));
      assertThat(lost.settleProbe("openai", ROUND.id(), "l1", true, 1))
          .isInstanceOf(Settlement.Failed.class);
      assertThat(lost.renewProbes("openai", ROUND.id(), List.of("l1"), LONG))
          .isInstanceOf(Renewal.Failed.class);
    }
  }

  @Test
  void aServerThatRefusesToWriteGivesNoPlace() {
    redis.run("CONFIG", "SET", "min-replicas-to-write", "1");
    try {
      assertThat(store.askProbe(ask(ROUND, "l1", 1, 1)))
          .isInstanceOfSatisfying(
              ProbeAnswer.Failed.class,
              failed -> assertThat(failed.cause()).contains("NOREPLICAS"));
    } finally {
      redis.run("CONFIG", "SET", "min-replicas-to-write", "0");
    }
    assertThat(store.getState("openai")).contains(StoredState.of(OPEN));
  }

  private void commit(RevisionId base, Revision revision) {
    assertThat(store.commit(Revisions.commit("openai", base, revision)))
        .isInstanceOf(CommitResult.Committed.class);
  }

  private void assertGranted(String lease, int maxCalls) {
    granted(store.askProbe(ask(ROUND, lease, maxCalls, 1)));
  }

  private static ProbeAnswer.Granted granted(ProbeAnswer answer) {
    assertThat(answer).isInstanceOf(ProbeAnswer.Granted.class);
    return (ProbeAnswer.Granted) answer;
  }

  private static String hash(String field) {
    return (String) redis.run("HGET", PROBE, field);
  }

  private static void inThreads(ThreadWork work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<Object>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        all.add(
            () -> {
              work.run(thread);
              return thread;
            });
      }
      for (Future<Object> done : threads.invokeAll(all)) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private interface ThreadWork {
    void run(int thread) throws Exception;
  }
}
