package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.fleet.WorkerReport.Presence;
import io.fleetbreaker.redis.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XTrimParams;

/** Whole workers: what they tell of themselves, and what of the past. */
final class FleetOperationsTest {
  private static final String HISTORY = "test_flexiai:history";
  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();

  private static ProviderSettings[] providers() {
    return new ProviderSettings[] {
      ProviderSettings.defaults("anthropic"),
      ProviderSettings.builder("openai").priority(1).failureThreshold(3).build()
    };
  }

  private static Fleet start() {
    return REDIS.start(REDIS.settings(providers()).withHeartbeatInterval(Duration.ofSeconds(1)));
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private static void trip(Fleet fleet, String provider) {
    int failures = fleet.breaker(provider).settings().tripPolicy().failuresThatOpen();
    for (int i = 0; i < failures; i++) {
      fleet.breaker(provider).tryAcquire().orElseThrow().failure();
    }
    await()
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(
            () -> {
              assertThat(fleet.breaker(provider).view().shared()).isTrue();
              assertThat(fleet.breaker(provider).view().state()).isEqualTo(State.OPEN);
            });
  }

  private static void reset(Fleet fleet, String provider) {
    assertThat(get(fleet.reset(provider, "by a test"))).isEqualTo(ResetOutcome.COMMITTED);
  }

  @Test
  void eachWorkerSeesAllAndWhatTheirProvidersAre() {
    Fleet first = start();
    Fleet second = start();
    second.advertise("http://127.0.0.1:8002");
    trip(first, "openai");

    await()
        .untilAsserted(
            () -> {
              FleetReport report = get(second.workers());
              assertThat(report.complete()).isTrue();
              assertThat(report.skipped()).isZero();
              assertThat(report.age()).isLessThan(Duration.ofSeconds(10));
              assertThat(report.workers())
                  .extracting(WorkerReport::instance)
                  .containsExactlyInAnyOrder(first.workerId(), second.workerId())
                  .isSorted();
              assertThat(report.workers())
                  .allSatisfy(
                      worker -> {
                        assertThat(worker.presence()).isEqualTo(Presence.ALIVE);
                        assertThat(worker.sync()).isEqualTo(SyncStatus.Mode.OK);
                        assertThat(worker.syncLag()).isPresent();
                        assertThat(worker.startedAt()).isBefore(Instant.now());
                        assertThat(worker.version()).isNotEmpty();
                        assertThat(worker.providers())
                            .extracting(ProviderReport::provider, ProviderReport::state)
                            .containsExactly(
                                tuple("anthropic", State.CLOSED), tuple("openai", State.OPEN));
                      });
              Map<String, WorkerReport> by =
                  report.workers().stream()
                      .collect(Collectors.toMap(WorkerReport::instance, worker -> worker));
              assertThat(by.get(second.workerId()).address()).contains("http://127.0.0.1:8002");
              assertThat(by.get(first.workerId()).address()).isEmpty();
              ProviderReport tripped = by.get(first.workerId()).providers().get(1);
              assertThat(tripped.counts().failed()).isEqualTo(3);
              assertThat(tripped.shared()).isTrue();
              assertThat(tripped.revision()).isEqualTo(first.breaker("openai").view().revision());
            });
  }

  @Test
  void aWorkerThatLeavesIsForgottenAndOneThatVanishesIsLost() {
    Fleet first = start();
    Fleet second = start();
    String vanished = "gone-host:5486:1795313749263:a1b2";
    awaitWorkers(first, 2);
    REDIS.raw().zadd("test_flexiai:workers", System.currentTimeMillis() - 4_000.0, vanished);

    second.close();

    await()
        .untilAsserted(
            () -> {
              List<WorkerReport> workers = get(first.workers()).workers();
              assertThat(workers)
                  .extracting(WorkerReport::instance)
                  .containsExactlyInAnyOrder(first.workerId(), vanished);
              WorkerReport lost =
                  workers.stream().filter(w -> w.instance().equals(vanished)).toList().get(0);
              assertThat(lost.presence()).isEqualTo(Presence.LOST);
              assertThat(lost.silentFor()).isGreaterThan(Duration.ofSeconds(3));
              assertThat(lost.startedAt()).isEqualTo(Instant.ofEpochMilli(1795313749263L));
              assertThat(lost.providers()).isEmpty();
            });
  }

  private static void awaitWorkers(Fleet fleet, int count) {
    await().untilAsserted(() -> assertThat(get(fleet.workers()).workers()).hasSize(count));
  }

  @Test
  void heartbeatsGoOnAndWhatTheyWroteExpires() {
    Fleet fleet = start();
    String key = "test_flexiai:worker:" + fleet.workerId();
    await().until(() -> REDIS.raw().exists(key));
    REDIS.raw().flushDB();

    // In one look: the next heartbeat may be late, and the one before be gone by then.
    await().untilAsserted(() -> assertThat(REDIS.raw().pttl(key)).isBetween(1L, 3_000L));

    fleet.close();
    assertThat(REDIS.raw().exists(key)).isFalse();
    assertThat(REDIS.raw().zcard("test_flexiai:workers")).isZero();
  }

  @Test
  void whoAsksAtTheSameTimeSharesOneReading() {
    Fleet fleet = start();
    awaitWorkers(fleet, 1);
    String statistics = "cmdstat_zrange:calls=";
    long before = zranges(statistics);
    long begunNanos = System.nanoTime();

    List<CompletionStage<FleetReport>> all = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      all.add(fleet.workers());
    }
    all.forEach(FleetOperationsTest::get);

    // At most one a second: one that is under way, one more, and one for each second it has taken.
    long seconds = Duration.ofNanos(System.nanoTime() - begunNanos).toSeconds();
    assertThat(zranges(statistics) - before).isLessThanOrEqualTo(2 + seconds);
  }

  private long zranges(String statistics) {
    String info = REDIS.raw().info("commandstats");
    int at = info.indexOf(statistics);
    return at < 0
        ? 0
        : Long.parseLong(info.substring(at + statistics.length()).replaceAll("(?s),.*", ""));
  }

  @Test
  void theHistoryIsReadInPagesOfOneProviderOrOfAll() {
    Fleet fleet = start();
    trip(fleet, "openai");
    trip(fleet, "anthropic");
    reset(fleet, "openai");
    reset(fleet, "anthropic");

    HistoryPage all = get(fleet.history(HistoryQuery.newest(10)));
    HistoryPage two = get(fleet.history(HistoryQuery.newest(2)));
    HistoryPage rest = get(fleet.history(HistoryQuery.before(two.next().orElseThrow(), 2)));
    HistoryPage own = get(fleet.history(HistoryQuery.newest(1).of("openai")));
    HistoryPage older =
        get(fleet.history(HistoryQuery.before(own.next().orElseThrow(), 1).of("openai")));
    HistoryPage on =
        get(fleet.history(HistoryQuery.after(rest.entries().get(1).id(), 10).of("anthropic")));

    assertThat(all.entries()).hasSize(4);
    assertThat(all.next()).isEmpty();
    assertThat(all.gap()).isFalse();
    assertThat(two.entries()).isEqualTo(all.entries().subList(0, 2));
    assertThat(rest.entries()).isEqualTo(all.entries().subList(2, 4));
    assertThat(rest.next()).isEmpty();
    assertThat(own.entries()).containsExactly(all.entries().get(1));
    assertThat(older.entries()).containsExactly(all.entries().get(3));
    assertThat(on.entries()).containsExactly(all.entries().get(2), all.entries().get(0));
    assertThat(on.gap()).isFalse();
    HistoryEntry trip = all.entries().get(3);
    assertThat(trip.provider()).isEqualTo("openai");
    assertThat(trip.from()).contains(State.CLOSED);
    assertThat(trip.to()).isEqualTo(State.OPEN);
    assertThat(trip.worker()).isEqualTo(fleet.workerId());
    assertThat(trip.failureCount()).isEqualTo(3);
    assertThat(trip.operator()).isEmpty();
    assertThat(trip.at()).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(5));
  }

  @Test
  void whatNobodyCanReadIsSkippedCountedAndEndsNoPage() {
    Fleet fleet = start();
    trip(fleet, "openai");
    for (int i = 0; i < 20; i++) {
      REDIS.raw().xadd(HISTORY, StreamEntryID.NEW_ENTRY, Map.of("some", "thing"));
    }

    HistoryPage newest = get(fleet.history(HistoryQuery.newest(5)));
    HistoryPage on = get(fleet.history(HistoryQuery.after("0-0", 1)));

    assertThat(newest.entries()).hasSize(1);
    assertThat(newest.skipped()).isEqualTo(20);
    assertThat(newest.next()).isEmpty();
    assertThat(on.entries()).hasSize(1);
    assertThat(on.next()).contains(on.entries().get(0).id());
  }

  @Test
  void aPageOfOneProviderLooksAtABoundedNumberOfEntriesAndSaysWhereItStopped() {
    Fleet fleet = start();
    trip(fleet, "openai");
    REDIS
        .raw()
        .eval(
            "for i = 1, 4500 do redis.call('XADD', KEYS[1], '*', 'provider', 'p') end",
            List.of(HISTORY),
            List.of());

    HistoryPage first = get(fleet.history(HistoryQuery.newest(1).of("openai")));
    HistoryPage second =
        get(fleet.history(HistoryQuery.before(first.next().orElseThrow(), 1).of("openai")));
    HistoryPage third =
        get(fleet.history(HistoryQuery.before(second.next().orElseThrow(), 1).of("openai")));

    assertThat(first.entries()).isEmpty();
    assertThat(first.skipped()).isEqualTo(2_000);
    assertThat(second.entries()).isEmpty();
    assertThat(third.entries()).hasSize(1);
    assertThat(third.next()).isEmpty();
  }

  @Test
  void aPageAfterAnEntryThatIsGoneSaysThatSomeMayBeMissing() {
    Fleet fleet = start();
    trip(fleet, "openai");
    String old = get(fleet.history(HistoryQuery.newest(1))).entries().get(0).id();
    reset(fleet, "openai");
    trip(fleet, "openai");
    REDIS.raw().xtrim(HISTORY, XTrimParams.xTrimParams().maxLen(1));

    HistoryPage page = get(fleet.history(HistoryQuery.after(old, 10)));

    assertThat(page.gap()).isTrue();
    assertThat(page.entries()).hasSize(1);
    REDIS.raw().del(HISTORY);
    assertThat(get(fleet.history(HistoryQuery.after(old, 10))).gap()).isTrue();
  }

  @Test
  void aHistoryOfAnotherTypeIsEmpty() {
    Fleet fleet = start();
    REDIS.raw().set(HISTORY, "text");

    assertThat(get(fleet.history(HistoryQuery.newest(10))).entries()).isEmpty();
    assertThat(get(fleet.history(HistoryQuery.after("1-1", 10))).gap()).isTrue();
  }

  @Test
  void whoFollowsHearsWhatOtherWorkersCommitAndOnceOnly() {
    Fleet first = start();
    Fleet second = start();
    List<String> told = new CopyOnWriteArrayList<>();
    trip(first, "openai");
    HistoryEntry trip = get(second.history(HistoryQuery.newest(1))).entries().get(0);

    try (Subscription following = second.follow(Optional.of(trip.id()), new Telling(told))) {
      assertThat(following).isNotNull();
      reset(first, "openai");
      trip(second, "anthropic");
      await().untilAsserted(() -> assertThat(told).hasSize(2));
    }

    assertThat(told).containsExactly("openai CLOSED", "anthropic OPEN");
    assertThatThrownBy(() -> second.follow(Optional.of("x"), new Telling(told)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("after must be the id of an entry, such as 1795313749364-0, was 'x'");
  }

  private record Telling(List<String> told) implements HistoryListener {
    @Override
    public void onEntry(HistoryEntry entry) {
      told.add(entry.provider() + " " + entry.to());
    }

    @Override
    public void onGap(String id) {
      told.add("gap");
    }
  }

  @Test
  void withoutRedisNothingIsReadAndNothingThrown() {
    Fleet alone = REDIS.start(RedisFleets.withoutRedis(providers()));
    List<String> told = new CopyOnWriteArrayList<>();

    try (Subscription following = alone.follow(Optional.empty(), new Telling(told))) {
      assertThat(following).isNotNull();
      for (CompletionStage<?> asked :
          List.of(alone.workers(), alone.history(HistoryQuery.newest(1)))) {
        assertThatThrownBy(() -> asked.toCompletableFuture().get())
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOf(StoreException.class)
            .hasMessageStartingWith("Redis cannot be asked: ");
      }
    }
    assertThat(told).isEmpty();
  }

  @Test
  void badQueriesAndAddressesAreRefused() {
    Fleet fleet = start();
    assertRefused("limit must be 1 to 1000, was 0", () -> HistoryQuery.newest(0));
    assertRefused("limit must be 1 to 1000, was 1001", () -> HistoryQuery.newest(1_001));
    assertRefused(
        "before must be the id of an entry, such as 1795313749364-0, was '5'",
        () -> HistoryQuery.before("5", 1));
    assertRefused(
        "after must be the id of an entry, such as 1795313749364-0, was"
            + " '99999999999999999999-0'",
        () -> HistoryQuery.after("99999999999999999999-0", 1));
    assertRefused(
        "after and before exclude each other: after reads on, before reads back",
        () -> new HistoryQuery(Optional.empty(), Optional.of("1-1"), Optional.of("2-2"), 1));
    assertThatThrownBy(() -> HistoryQuery.newest(1).of("../etc"))
        .isInstanceOf(IllegalArgumentException.class);
    for (String bad :
        List.of(
            "",
            "ftp://x",
            "127.0.0.1:80",
            "http://a b",
            "http://u:p@h",
            "http://" + "x".repeat(300))) {
      assertThatThrownBy(() -> fleet.advertise(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "an address must be such as http://127.0.0.1:8001, of at most 256");
    }
  }

  private static void assertRefused(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void aFleetThatHasBeenClosedSaysSo() {
    Fleet fleet = start();
    fleet.close();

    assertThatThrownBy(fleet::workers).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> fleet.history(HistoryQuery.newest(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> fleet.follow(Optional.empty(), new Telling(new ArrayList<>())))
        .isInstanceOf(IllegalStateException.class);
  }
}
