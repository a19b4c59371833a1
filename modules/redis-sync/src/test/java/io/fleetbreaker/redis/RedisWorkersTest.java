package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Beats.instance;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.redis.FleetStore.WorkerSeen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Heartbeats as they stand in a real Redis, and what each operation costs it. */
final class RedisWorkersTest {
  private static final String WORKERS = "test_flexiai:workers";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static TestRedis redis;

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
    store = RedisStore.open(TestSettings.shortWaits(redis.settings()));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static String key(int number) {
    return "test_flexiai:worker:" + instance(number);
  }

  @Test
  void aHeartbeatExpiresAndTheIndexTellsByTheServersClockWhenItWasMade() {
    store.beat(Beats.of(instance(1)), LONG);

    assertThat((Long) redis.run("PTTL", key(1))).isBetween(1L, LONG.toMillis());
    List<?> time = (List<?>) redis.run("TIME");
    double now = Double.parseDouble(new String((byte[]) time.get(0), UTF_8)) * 1000;
    assertThat(Double.parseDouble((String) redis.run("ZSCORE", WORKERS, instance(1))))
        .isBetween(now - 60_000, now + 1_000);

    store.leave(instance(1));

    assertThat(redis.run("EXISTS", key(1))).isEqualTo(0L);
    assertThat(redis.run("ZCARD", WORKERS)).isEqualTo(0L);
  }

  @Test
  void whoHasBeenSilentForTenMinutesIsNotReadAndIsForgottenWithTheNextHeartbeat() {
    long now = store.workers(1).serverMillis();
    seenAt(1, now - 600_001);
    seenAt(2, now - 500_000);

    assertThat(store.workers(10).workers())
        .extracting(WorkerSeen::instance)
        .containsExactly(instance(2));
    assertThat(redis.run("ZCARD", WORKERS)).as("readers write nothing").isEqualTo(2L);

    store.beat(Beats.of(instance(3)), LONG);

    assertThat(redis.run("ZCARD", WORKERS)).isEqualTo(2L);
    assertThat(redis.run("ZSCORE", WORKERS, instance(1))).isNull();
  }

  @Test
  void whoWasSeenInTheFarFutureIsForgottenTooSinceTheClockHasSteppedBack() {
    long now = store.workers(1).serverMillis();
    seenAt(1, now + 3_600_000);
    seenAt(2, now + 60_000);

    assertThat(store.workers(10).workers())
        .extracting(WorkerSeen::instance)
        .containsExactly(instance(2));
    store.beat(Beats.of(instance(3)), LONG);
    assertThat(redis.run("ZSCORE", WORKERS, instance(1))).isNull();
  }

  private static void seenAt(int number, long millis) {
    redis.run("ZADD", WORKERS, Long.toString(millis), instance(number));
  }

  @Test
  void keysOfAnotherTypeAreReplacedAndReadAsNothing() {
    redis.run("HSET", WORKERS, "not", "expected");
    redis.run("LPUSH", key(1), "not expected");

    assertThat(store.workers(10).workers()).isEmpty();

    store.beat(Beats.of(instance(2)), LONG);
    store.beat(Beats.of(instance(1)), LONG);

    assertThat(store.workers(10).workers()).hasSize(2).allMatch(w -> w.beat().isPresent());
  }

  @Test
  void whatIsKnownIsNotReadAgainUntilTheWorkerIsSeenAnew() {
    store.beat(Beats.of(instance(1), Beats.full("openai")), LONG);
    long seenAt = store.workers(1).workers().get(0).seenMillis();
    await().atMost(LONG).until(() -> store.workers(1).serverMillis() > seenAt);
    WorkerBeat told = Beats.of(instance(1), Beats.plain("anthropic"));
    redis.run("SET", key(1), new String(BeatCodec.encode(told), UTF_8));

    assertThat(store.workers(1).workers().get(0).beat())
        .as("nobody but a worker writes its key, and it tells the index")
        .contains(Beats.of(instance(1), Beats.full("openai")));

    seenAt(1, seenAt + 1);

    assertThat(store.workers(1).workers().get(0).beat()).contains(told);
  }

  @Test
  void whatStrangersPutIntoTheIndexIsSkippedAndCounted() {
    store.beat(Beats.of(instance(1)), LONG);
    String now = Long.toString(store.workers(1).serverMillis());
    redis.run("ZADD", WORKERS, now, "no instance", now, "x".repeat(100_000), now, "");
    redis.run("ZADD", WORKERS, now, instance(2));
    redis.run("HSET", key(2), "not", "expected");
    redis.run("ZADD", WORKERS, "+inf", instance(3), "-inf", instance(4));

    FleetStore.WorkersSeen seen = store.workers(10);

    assertThat(seen.workers()).extracting(WorkerSeen::instance).containsExactly(instance(1));
    assertThat(seen.skipped()).isEqualTo(4);
    assertThat(seen.complete()).isTrue();
  }

  @Test
  void aServerThatTakesNoHeartbeatIsSaidToRefuse() {
    redis.run("CONFIG", "SET", "maxmemory", "1");
    try {
      assertThatThrownBy(() -> store.beat(Beats.of(instance(1)), LONG))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("could not tell that this worker is there: redis at ");
      assertThat(store.refusal()).startsWith("heartbeats: ").contains("OOM");
    } finally {
      redis.run("CONFIG", "SET", "maxmemory", "0");
    }
    store.beat(Beats.of(instance(1)), LONG);
    assertThat(store.refusal()).isEmpty();
  }

  @Test
  void eachOperationSendsAsManyCommandsAsItSays() {
    for (int i = 0; i < 150; i++) {
      store.beat(Beats.of(instance(i)), LONG);
    }

    assertThat(sentBy(() -> store.beat(Beats.of(instance(1)), LONG)))
        .isEqualTo(Map.of("evalsha", 1));
    assertThat(sentBy(() -> store.workers(1_000)))
        .isEqualTo(Map.of("time", 1, "zrange", 1, "getrange", 150));
    assertThat(sentBy(() -> store.leave(instance(1)))).isEqualTo(Map.of("evalsha", 1));
    assertThat(sentBy(() -> store.historyAfter(HistoryId.START, 10)))
        .isEqualTo(Map.of("xrange", 1, "xrevrange", 1));
    assertThat(sentBy(() -> store.historyBefore(java.util.Optional.empty(), 10)))
        .isEqualTo(Map.of("xrevrange", 1));
  }

  private static Map<String, Integer> sentBy(Runnable operation) {
    Map<String, Integer> sent = new TreeMap<>();
    for (String command : new ArrayList<>(redis.sentDuring(operation))) {
      sent.merge(command, 1, Integer::sum);
    }
    return sent;
  }
}
