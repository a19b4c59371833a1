package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static io.fleetbreaker.redis.Revisions.commit;
import static io.fleetbreaker.redis.Revisions.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.LockResult;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RedisStoreTest extends FleetStoreContract {
  private static final String STATE = "test_flexiai:state:openai";
  private static final String LOCK = "test_flexiai:lock:state:openai";
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
    redis.run("FLUSHDB");
    settings = TestSettings.shortWaits(redis.settings());
    store = RedisStore.open(settings);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Override
  FleetStore store() {
    return store;
  }

  @Override
  void putRaw(String provider, byte[] raw) {
    redis.runBytes("SET", ("test_flexiai:state:" + provider).getBytes(UTF_8), raw);
  }

  @Override
  void putRawBeat(String instance, byte[] raw) {
    redis.runBytes("SET", ("test_flexiai:worker:" + instance).getBytes(UTF_8), raw);
    String now = Long.toString(System.currentTimeMillis());
    redis.run("ZADD", "test_flexiai:workers", now, instance);
  }

  @Override
  void addRawHistory(String provider, String event) {
    redis.run(
        "XADD",
        "test_flexiai:history",
        "*",
        "provider",
        provider,
        "from",
        "closed",
        "event",
        event);
  }

  @Override
  Optional<Duration> timeToLive(String provider) {
    long left = (Long) redis.run("PTTL", "test_flexiai:state:" + provider);
    assertThat(left).isNotEqualTo(-2);
    return left == -1 ? Optional.empty() : Optional.of(Duration.ofMillis(left));
  }

  @Override
  void publishRaw(byte[] message) {
    redis.runBytes("PUBLISH", "test_flexiai:events".getBytes(UTF_8), message);
  }

  @Override
  void forget() {
    redis.run("FLUSHALL");
  }

  @Override
  void pass(Duration time) {}

  @Test
  void aCommitSurvivesAServerThatForgotTheScripts() {
    store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

    redis.run("SCRIPT", "FLUSH");

    assertThat(store.commit(commit("openai", new RevisionId(EPOCH, 1, "a"), open(EPOCH, 2, "b"))))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void aCommittedStateLivesAtLeastTwiceItsOpenTimeAndTheLockIsGone() {
    store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

    assertThat((Long) redis.run("PTTL", STATE)).isBetween(3_500_000L, 3_600_000L);
    assertThat(redis.run("EXISTS", LOCK)).isEqualTo(0L);
  }

  @Test
  void aKeyOfAnotherTypeHoldsNoRevision() {
    redis.run("RPUSH", STATE, "a", "list");
    store.setState("other", StoredState.of(open(EPOCH, 1, "a")), TTL);

    assertThat(store.read(List.of("openai", "other")).states()).containsOnlyKeys("other");
    assertThatThrownBy(() -> store.getState("openai"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("WRONGTYPE");
    assertThat(store.commit(commit("openai", new RevisionId(EPOCH, 1, "x"), open(EPOCH, 2, "b"))))
        .isInstanceOf(CommitResult.Conflict.class);
    assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(store.getState("openai")).contains(StoredState.of(open(EPOCH, 1, "a")));
  }

  @Test
  void aStateWrittenOverAKeyOfAnotherTypeReplacesIt() {
    redis.run("RPUSH", STATE, "a", "list");

    assertThat(store.setState("openai", StoredState.of(open(EPOCH, 1, "a")), TTL)).isTrue();

    assertThat(store.getState("openai")).contains(StoredState.of(open(EPOCH, 1, "a")));
  }

  @Test
  void anOversizedValueIsNeverFetchedWholeAndHoldsNoRevision() {
    putRaw("openai", "x".repeat(2_000_000).getBytes(UTF_8));

    assertThatThrownBy(() -> store.getState("openai"))
        .hasMessageContaining("longer than 65536 bytes");
    assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void noTwoLocksHaveOneTokenAndNoTwoStoresOneSecret() {
    Set<String> tokens = new HashSet<>();
    Set<String> secrets = new HashSet<>();
    try (RedisStore other = RedisStore.open(settings)) {
      for (FleetStore each : List.of(store, other)) {
        for (int i = 0; i < 10; i++) {
          LockResult taken = each.acquireLock("job", Duration.ZERO, LONG_EXPIRY);
          FleetStore.Lock lock = ((LockResult.Acquired) taken).lock();
          assertThat(tokens.add(lock.token())).isTrue();
          secrets.add(lock.token().replaceFirst("\\.[0-9]+$", ""));
          assertThat(each.releaseLock(lock)).isTrue();
        }
      }
    }

    assertThat(secrets).hasSize(2).allMatch(secret -> secret.matches("[0-9a-f]{32}"));
  }

  @Test
  void aLockKeyOfAnotherTypeMakesEveryCommitBusy() {
    redis.run("RPUSH", LOCK, "a", "list");

    assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.LockBusy.class);
  }

  @Test
  void aWriteWhoseLockAStrangerDeletedIsRefused() {
    CommitResult result = store.commit(disturbed(() -> redis.run("DEL", LOCK)));

    assertThat(result).isInstanceOf(CommitResult.LockBusy.class);
    assertThat(store.getState("openai")).isEmpty();
  }

  @Test
  void aWriteWhoseLockSomebodyElseTookIsRefusedAndLeavesThatLockAlone() {
    CommitResult result =
        store.commit(disturbed(() -> redis.run("SET", LOCK, "host-b:1795313749")));

    assertThat(result).isInstanceOf(CommitResult.LockBusy.class);
    assertThat(store.getState("openai")).isEmpty();
    assertThat(redis.run("GET", LOCK)).isEqualTo("host-b:1795313749");
  }

  @Test
  void aBaseThatMovesAfterTheLockWasTakenIsSeen() {
    CommitResult result =
        store.commit(
            disturbed(() -> store.setState("openai", StoredState.of(open(EPOCH, 7, "z")), TTL)));

    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class,
            c -> assertThat(c.current()).contains(StoredState.of(open(EPOCH, 7, "z"))));
    assertThat(redis.run("EXISTS", LOCK)).isEqualTo(0L);
  }

  @Test
  void anAnswerThatDoesNotComeAfterTheScriptWasSentLeavesTheCommitUnknown() {
    AtomicReference<TestRedis.Stall> stall = new AtomicReference<>(() -> {});
    try (RedisStore impatient = impatient()) {
      impatient.read(List.of());
      CommitResult result = impatient.commit(disturbed(() -> stall.set(redis.stall())));

      assertThat(result)
          .isInstanceOfSatisfying(
              CommitResult.Unknown.class,
              unknown -> assertThat(unknown.cause()).contains("127.0.0.1:" + redis.port()));
    } finally {
      stall.get().close();
    }
  }

  @Test
  void anAnswerThatDoesNotComeBeforeTheScriptWasSentIsCertainlyNoCommit() {
    try (RedisStore impatient = impatient()) {
      impatient.read(List.of());
      try (TestRedis.Stall stall = redis.stall()) {
        assertThat(stall).isNotNull();
        assertThat(impatient.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
            .isInstanceOf(CommitResult.Unreachable.class);
      }
    }
    assertThat(store.getState("openai")).isEmpty();
  }

  @Test
  void aRefusedConnectionIsUnreachableAtOnceAndNamesTheAddress() {
    int port = TestRedis.refusingPort();
    URI nowhere = URI.create("redis://:s3cret-word@127.0.0.1:" + port + "/15");
    try (RedisStore lost =
        RedisStore.open(TestSettings.with(settings, nowhere, Duration.ofSeconds(2)))) {
      CommitResult result = lost.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

      assertThat(result)
          .isInstanceOfSatisfying(
              CommitResult.Unreachable.class,
              unreachable ->
                  assertThat(unreachable.cause())
                      .contains("127.0.0.1:" + port, "Connection refused"));
      assertThat(lost.acquireLock("job", Duration.ofSeconds(2), LONG_EXPIRY))
          .isInstanceOf(LockResult.Unknown.class);
      assertThat(lost.health().reachable()).isFalse();
      assertThatThrownBy(() -> lost.getState("openai")).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void aRequestThatIsRefusedHalfwayLeavesNoAnswerToTheNext() {
    store.setState("openai", StoredState.of(open(EPOCH, 1, "a")), TTL);

    assertThatThrownBy(() -> store.read(List.of("openai", "not legal")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                store.commit(
                    disturbed(
                        () -> {
                          throw new IllegalStateException("a bug");
                        })))
        .hasMessage("a bug");

    assertThat(store.health().reachable()).isTrue();
    assertThat(store.read(List.of("openai")).states()).containsOnlyKeys("openai");
  }

  @Test
  void moreStatesThanOnePipelineHoldsAreAllRead() {
    List<String> providers = IntStream.range(0, 2500).mapToObj(i -> "p" + i).toList();
    store.setState("p0", StoredState.of(open(EPOCH, 1, "a")), TTL);
    store.setState("p2499", StoredState.of(open(EPOCH, 1, "a")), TTL);

    assertThat(store.read(providers).states()).containsOnlyKeys("p0", "p2499");
  }

  @Test
  void aClosedStoreSaysSoAndCloseMayBeRepeated() {
    store.close();
    store.close();

    assertThatThrownBy(() -> store.getState("openai")).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.subscribe(new RecordingListener()))
        .isInstanceOf(StoreException.class)
        .hasMessage("the store is closed");
    assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.Unreachable.class);
  }

  @Test
  void aStoreComesBackWithItsServer() {
    store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

    redis.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

    await().atMost(SOON).until(() -> store.health().reachable());
    assertThat(store.getState("openai")).isPresent();
  }

  @Test
  void aReplicaCommitsNothingAndIsAskedAgain() {
    redis.run("REPLICAOF", "127.0.0.1", "1");
    try {
      assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
          .isInstanceOfSatisfying(
              CommitResult.Unreachable.class,
              away -> assertThat(away.cause()).contains("READONLY"));
    } finally {
      redis.run("REPLICAOF", "NO", "ONE");
    }
  }

  @Test
  void whatTheServerRefusesIsCertainlyNoCommit() {
    redis.run("CONFIG", "SET", "min-replicas-to-write", "1");
    try {
      assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
          .isInstanceOfSatisfying(
              CommitResult.Refused.class,
              refused -> assertThat(refused.cause()).contains("NOREPLICAS"));
    } finally {
      redis.run("CONFIG", "SET", "min-replicas-to-write", "0");
    }
  }

  @Test
  void aServerThatIsFullIsSaidToRefuseUntilItTakesACommit() {
    assertThat(store.refusal()).isEmpty();
    redis.run("CONFIG", "SET", "maxmemory", "1");
    try {
      store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));
      assertThat(store.refusal()).startsWith("commits: redis at 127.0.0.1:").contains("OOM");
    } finally {
      redis.run("CONFIG", "SET", "maxmemory", "0");
    }

    store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

    assertThat(store.refusal()).isEmpty();
  }

  @Test
  void aReplicaIsSaidToRefuseUntilItIsThePrimary() {
    redis.run("REPLICAOF", "127.0.0.1", "1");
    try {
      store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));
      assertThat(store.refusal()).contains("READONLY");
    } finally {
      redis.run("REPLICAOF", "NO", "ONE");
    }

    store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));

    assertThat(store.refusal()).isEmpty();
  }

  @Test
  void aCommitThatMayNotBeToldIsSaidToBeRefused() {
    redis.run("ACL", "SETUSER", "mute", "on", ">pw", "~*", "&*", "+@all", "-xadd");
    URI mute = URI.create("redis://mute:pw@127.0.0.1:" + redis.port() + "/15");
    try (RedisStore store = RedisStore.open(TestSettings.with(settings, mute, SOON))) {
      assertThat(store.commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
          .isInstanceOf(CommitResult.Committed.class);
      assertThat(store.refusal()).startsWith("what follows a commit: history: ");

      redis.run("ACL", "SETUSER", "mute", "+xadd");
      store.commit(commit("anthropic", RevisionId.NONE, open(EPOCH, 1, "b")));

      assertThat(store.refusal()).isEmpty();
    }
  }

  @Test
  void aPasswordIsUsedAndNeverTold() {
    redis.run("ACL", "SETUSER", "ann", "on", ">s3cret:w@rd", "~*", "&*", "+@all");
    URI right = URI.create("redis://ann:s3cret%3Aw%40rd@127.0.0.1:" + redis.port() + "/15");
    URI wrong = URI.create("redis://ann:s3cret-wrong@127.0.0.1:" + redis.port() + "/15");

    RedisSettings good = TestSettings.with(settings, right, settings.operationTimeout());
    RedisSettings bad = TestSettings.with(settings, wrong, settings.operationTimeout());
    try (RedisStore known = RedisStore.open(good);
        RedisStore unknown = RedisStore.open(bad)) {
      assertThat(known.health().reachable()).isTrue();
      assertThat(unknown.health().problem()).contains("WRONGPASS").doesNotContain("s3cret");
      assertThatThrownBy(() -> unknown.getState("openai"))
          .satisfies(
              e -> {
                for (Throwable t = e; t != null; t = t.getCause()) {
                  assertThat(t.toString()).doesNotContain("s3cret");
                }
              });
      assertThat(good + " " + known).doesNotContain("s3cret").doesNotContain("ann");
    }
  }

  private RedisStore impatient() {
    return RedisStore.open(TestSettings.with(settings, settings.uri(), Duration.ofSeconds(1)));
  }

  /** A commit on nothing during which {@code disturbance} happens once the lock is held. */
  private static CommitRequest disturbed(Runnable disturbance) {
    return new CommitRequest(
        "openai",
        RevisionId.NONE,
        "a",
        serverMillis -> {
          disturbance.run();
          return open(EPOCH, 1, "a");
        });
  }
}
