package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static io.fleetbreaker.redis.Revisions.closed;
import static io.fleetbreaker.redis.Revisions.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mark, history and index as they stand in a real Redis, and what each operation costs it. */
final class RedisHistoryTest {
  private static final String OPEN = "test_flexiai:open";
  private static final String FLEET = "test_flexiai:fleet";
  private static final String HISTORY = "test_flexiai:history";
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
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void anEntryTellsProviderFormerStateOperationAndTheEventAsPublished() {
    commit(RevisionId.NONE, open(EPOCH, 1, "a"));
    commit(new RevisionId(EPOCH, 1, "a"), closed(EPOCH, 2, "b"));

    List<?> entries = (List<?>) redis.run("XRANGE", HISTORY, "-", "+");

    assertThat(entries).hasSize(2);
    List<?> second = (List<?>) ((List<?>) entries.get(1)).get(1);
    assertThat(second.stream().limit(6).map(RedisHistoryTest::text))
        .containsExactly("provider", "openai", "from", "open", "op", "b");
    assertThat(text(second.get(6))).isEqualTo("event");
    assertThat(text(second.get(7)))
        .contains("\"event_type\":\"closed\"", "\"__event_type__\":\"CircuitBreakerEvent\"");
    List<?> first = (List<?>) ((List<?>) entries.get(0)).get(1);
    assertThat(text(first.get(3))).as("from nothing").isEqualTo("closed");
  }

  @Test
  void theHistoryKeepsAboutTenThousandEntries() {
    redis.run(
        "EVAL",
        "for i = 1, 10500 do redis.call('XADD', KEYS[1], '*', 'provider', 'p') end",
        "1",
        HISTORY);

    commit(RevisionId.NONE, open(EPOCH, 1, "a"));

    assertThat((Long) redis.run("XLEN", HISTORY)).isBetween(10_000L, 10_200L);
  }

  @Test
  void keysOfAnotherTypeHoldNoCommitUp() {
    for (String key : List.of(OPEN, HISTORY, "test_flexiai:probe:openai")) {
      redis.run("SET", key, "text");
    }

    commit(RevisionId.NONE, open(EPOCH, 1, "a"));

    assertThat(store.getState("openai")).contains(StoredState.of(open(EPOCH, 1, "a")));
    assertThat(redis.run("EXISTS", "test_flexiai:lock:state:openai")).isEqualTo(0L);
    assertThat(redis.run("EXISTS", "test_flexiai:probe:openai")).isEqualTo(0L);
    assertThat(store.setState("openai", StoredState.of(closed(EPOCH, 2, "b")), Duration.ofHours(1)))
        .isTrue();
  }

  @Test
  void r3AHistoryThatCannotGrowDoesNotPassForComplete() {
    redis.run("XADD", HISTORY, "18446744073709551615-18446744073709551615", "some", "thing");
    Position position = store.snapshot(List.of("openai")).position();

    commit(RevisionId.NONE, open(EPOCH, 1, "a"));

    assertThat(store.changesSince(position).complete()).isFalse();
    commit(new RevisionId(EPOCH, 1, "a"), closed(EPOCH, 2, "b"));
    assertThat((Long) redis.run("XLEN", HISTORY)).isEqualTo(1L);
  }

  @Test
  void aMarkAHistoryOrAnIndexOfAnotherTypeCountsAsAbsent() {
    commit(RevisionId.NONE, open(EPOCH, 1, "a"));
    Position position = store.snapshot(List.of()).position();
    redis.run("DEL", OPEN, FLEET, HISTORY);
    for (String key : List.of(OPEN, FLEET, HISTORY)) {
      redis.run("HSET", key, "not", "expected");
    }

    FleetSnapshot snapshot = store.snapshot(List.of("openai"));
    Changes changes = store.changesSince(position);

    assertThat(snapshot.states().states()).containsOnlyKeys("openai");
    assertThat(snapshot.mark()).isEmpty();
    assertThat(snapshot.position()).isEqualTo(Position.START);
    assertThat(snapshot.notClosed()).isEmpty();
    assertThat(changes.complete()).isFalse();
    assertThat(changes.mark()).isEmpty();
    assertThat(store.changesSince(Position.START).complete()).isFalse();
  }

  @Test
  void aMarkOfAnotherTypeOrAnEmptyOneIsReplaced() {
    redis.run("HSET", FLEET, "not", "expected");
    assertThat(store.markAndGreet("w")).isTrue();
    assertThat((String) redis.run("GET", FLEET)).matches("\\d{13}-[0-9a-f-]{36}");
    assertThat(redis.run("TTL", FLEET)).isEqualTo(-1L);

    redis.run("SET", FLEET, "");
    assertThat(store.markAndGreet("w")).isTrue();
    assertThat(store.markAndGreet("w")).isFalse();
  }

  @Test
  void whatStrangersWroteIntoHistoryAndIndexNamesNoProvider() {
    commit(RevisionId.NONE, open(EPOCH, 1, "a"));
    Position position = store.snapshot(List.of()).position();
    redis.run("XADD", HISTORY, "*", "provider", "../etc", "op", "x");
    redis.run("XADD", HISTORY, "*", "some", "thing");
    redis.run("SADD", OPEN, "no name", "");

    Changes changes = store.changesSince(position);
    FleetSnapshot snapshot = store.snapshot(List.of());

    assertThat(changes.complete()).isTrue();
    assertThat(changes.providers()).isEmpty();
    assertThat(store.changesSince(changes.position()).complete()).isTrue();
    assertThat(snapshot.position()).isEqualTo(changes.position());
    assertThat(snapshot.notClosed()).containsExactly("openai");
  }

  @Test
  void noMoreThanTenThousandNamesAreRead() {
    redis.run("EVAL", "for i = 1, 12000 do redis.call('SADD', KEYS[1], 'p' .. i) end", "1", OPEN);

    assertThat(store.snapshot(List.of()).notClosed()).hasSize(10_000);
  }

  @Test
  void aHistoryTrimmedBeyondThePositionIsNotComplete() {
    commit(RevisionId.NONE, open(EPOCH, 1, "a"));
    Position position = store.snapshot(List.of()).position();
    commit(new RevisionId(EPOCH, 1, "a"), closed(EPOCH, 2, "b"));
    redis.run("XTRIM", HISTORY, "MAXLEN", "1");

    assertThat(store.changesSince(position).complete()).isFalse();
  }

  @Test
  void whatCannotBeReadAtAllIsThrown() {
    URI nowhere = URI.create("redis://127.0.0.1:" + TestRedis.refusingPort() + "/15");
    try (RedisStore lost =
        RedisStore.open(TestSettings.with(settings, nowhere, Duration.ofMillis(100)))) {
      assertThatThrownBy(() -> lost.snapshot(List.of())).isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> lost.changesSince(Position.START))
          .isInstanceOf(StoreException.class);
      assertThatThrownBy(() -> lost.markAndGreet("w")).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void eachOperationSendsAsManyCommandsAsItSays() {
    List<String> providers = IntStream.range(0, 50).mapToObj(i -> "p" + i).toList();
    Revision trip = open(EPOCH, 1, "a");
    Revision halfOpen = Revisions.of(State.HALF_OPEN, EPOCH, 2, "b", List.of());
    ProbeAsk ask = new ProbeAsk("openai", trip.id(), halfOpen, "l", 1, 1, Duration.ofSeconds(30));
    runAll(trip, ask, providers);
    redis.run("DEL", "test_flexiai:state:openai", FLEET);

    assertThat(sentBy(() -> commit(RevisionId.NONE, trip)))
        .isEqualTo(Map.of("set", 1, "time", 1, "evalsha", 1));
    assertThat(sentBy(() -> store.askProbe(ask))).isEqualTo(Map.of("evalsha", 1));
    assertThat(
            sentBy(
                () ->
                    store.renewProbes(
                        "openai", halfOpen.id(), List.of("l"), Duration.ofSeconds(9))))
        .isEqualTo(Map.of("evalsha", 1));
    assertThat(sentBy(() -> store.settleProbe("openai", halfOpen.id(), "l", true, 1)))
        .isEqualTo(Map.of("evalsha", 1));
    assertThat(sentBy(() -> store.changesSince(Position.START)))
        .isEqualTo(Map.of("getrange", 1, "xrange", 1));
    assertThat(sentBy(() -> store.snapshot(providers)))
        .isEqualTo(Map.of("getrange", 51, "xrevrange", 1, "srandmember", 1, "time", 1));
    assertThat(sentBy(() -> store.markAndGreet("w"))).isEqualTo(Map.of("evalsha", 1));
  }

  /** So that no script is sent as a whole later. */
  private void runAll(Revision trip, ProbeAsk ask, List<String> providers) {
    commit(RevisionId.NONE, trip);
    store.askProbe(ask);
    store.renewProbes("openai", trip.id(), List.of("l"), Duration.ofSeconds(9));
    store.settleProbe("openai", trip.id(), "l", true, 1);
    store.snapshot(providers);
    store.markAndGreet("w");
  }

  private static Map<String, Integer> sentBy(Runnable operation) {
    Map<String, Integer> sent = new TreeMap<>();
    redis.sentDuring(operation).forEach(command -> sent.merge(command, 1, Integer::sum));
    return sent;
  }

  private void commit(RevisionId base, Revision revision) {
    assertThat(store.commit(Revisions.commit("openai", base, revision)))
        .isInstanceOf(CommitResult.Committed.class);
  }

  private static String text(Object raw) {
    return new String((byte[]) raw, UTF_8);
  }
}
