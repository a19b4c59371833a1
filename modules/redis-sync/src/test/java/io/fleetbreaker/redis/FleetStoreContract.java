package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static io.fleetbreaker.redis.Revisions.closed;
import static io.fleetbreaker.redis.Revisions.commit;
import static io.fleetbreaker.redis.Revisions.open;
import static io.fleetbreaker.redis.Revisions.opened;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.LockResult;
import io.fleetbreaker.redis.FleetStore.Subscription;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link FleetStore} must do, here with states, locks and events. */
abstract class FleetStoreContract extends ProbeContract {
  @Test
  void aStateWrittenIsReadBackUnchanged() {
    StoredState state = StoredState.of(open(EPOCH, 1, "a"));

    assertThat(store().setState("openai", state, TTL)).isTrue();

    assertThat(store().getState("openai")).contains(state);
  }

  @Test
  void aProviderWithoutAStateHasNone() {
    assertThat(store().getState("openai")).isEmpty();
  }

  @Test
  void aStateIsForgottenAfterItsTimeToLive() {
    store().setState("openai", StoredState.of(open(EPOCH, 1, "a")), Duration.ofMillis(50));

    pass(Duration.ofMillis(51));

    await().atMost(SOON).until(() -> store().getState("openai").isEmpty());
  }

  @Test
  void anOlderRevisionIsNotWritten() {
    StoredState held = StoredState.of(open(EPOCH, 2, "b"));
    store().setState("openai", held, TTL);

    assertThat(store().setState("openai", StoredState.of(closed(EPOCH, 1, "a")), TTL)).isFalse();
    assertThat(store().setState("openai", StoredState.of(closed(EPOCH - 1, 9, "c")), TTL))
        .isFalse();

    assertThat(store().getState("openai")).contains(held);
  }

  @Test
  void anotherRevisionWithTheSamePlaceInTheOrderIsNotWritten() {
    StoredState held = StoredState.of(open(EPOCH, 2, "b"));
    store().setState("openai", held, TTL);

    assertThat(store().setState("openai", StoredState.of(closed(EPOCH, 2, "x")), TTL)).isFalse();
    assertThat(store().setState("openai", held, TTL)).isTrue();
  }

  @Test
  void aLaterEpochComesBeforeALaterVersion() {
    store().setState("openai", StoredState.of(open(EPOCH, 9, "a")), TTL);

    assertThat(store().setState("openai", StoredState.of(open(EPOCH + 1, 1, "b")), TTL)).isTrue();
  }

  @Test
  void r13AnOverrideIsWrittenReadAndCommittedOver() {
    Revision forced = open(EPOCH, 1, "a").withOverride(override(OverrideMode.FORCED_OPEN, 0));
    Revision next = closed(EPOCH, 2, "b").withOverride(forced.override());

    store().commit(commit("openai", RevisionId.NONE, forced));
    CommitResult result = store().commit(commit("openai", forced.id(), next));

    assertThat(result).isInstanceOf(CommitResult.Committed.class);
    StoredState held = store().getState("openai").orElseThrow();
    assertThat(held.revision()).contains(next);
    assertThat(held.state()).isEqualTo(State.OPEN);
    assertThat(held.schema()).isEqualTo(StoredState.SCHEMA);
  }

  @Test
  void r13AStateUnderAnOverrideWithoutEndIsNeverForgotten() {
    Revision forced = closed(EPOCH, 1, "a").withOverride(override(OverrideMode.FORCED_OPEN, 0));

    store().commit(commit("openai", RevisionId.NONE, forced));

    assertThat(timeToLive("openai")).isEmpty();
  }

  @Test
  void r13AStateOutlivesItsOverrideByItsUsualTime() {
    Duration lasting = Duration.ofDays(10);
    CommitRequest request =
        new CommitRequest(
            "openai",
            RevisionId.NONE,
            "a",
            now ->
                closed(EPOCH, 1, "a")
                    .withOverride(
                        new FleetOverride(
                            OverrideMode.DISABLED,
                            "why",
                            "alice",
                            now,
                            now + lasting.toMillis(),
                            "a")));

    store().commit(request);

    assertThat(timeToLive("openai").orElseThrow()).isGreaterThan(lasting);
    store().commit(commit("openai", new RevisionId(EPOCH, 1, "a"), closed(EPOCH, 2, "b")));
    assertThat(timeToLive("openai").orElseThrow()).isLessThan(lasting);
  }

  @ParameterizedTest
  @EnumSource(OverrideMode.class)
  void r13AnOverriddenProviderStandsInTheIndexUntilItIsPlainlyClosed(OverrideMode mode) {
    Revision overridden = closed(EPOCH, 1, "a").withOverride(override(mode, 0));

    store().commit(commit("openai", RevisionId.NONE, overridden));

    assertThat(store().snapshot(List.of()).notClosed()).containsExactly("openai");
    store().commit(commit("openai", overridden.id(), closed(EPOCH, 2, "b")));
    assertThat(store().snapshot(List.of()).notClosed()).isEmpty();
  }

  @Test
  void r13AnOperationIsFoundInTheHistoryWithAllThatWasSaid() {
    Revision forced = Revisions.byOperator(closed(EPOCH, 1, "a"), OverrideMode.FORCED_OPEN);
    Revision enabled = Revisions.byOperator(closed(EPOCH, 2, "b"), null);
    store().commit(commit("openai", RevisionId.NONE, forced));
    store().commit(commit("openai", forced.id(), enabled));

    HistoryRecord first = found("openai", "a");
    HistoryRecord second = found("openai", "b");

    assertThat(first.from()).contains(State.CLOSED);
    assertThat(first.to()).isEqualTo(State.OPEN);
    assertThat(first.operator()).isEqualTo("alice");
    assertThat(first.override()).contains(OverrideMode.FORCED_OPEN);
    assertThat(first.revision()).isEqualTo(forced.id());
    assertThat(second.from()).contains(State.OPEN);
    assertThat(second.to()).isEqualTo(State.CLOSED);
    assertThat(second.override()).isEmpty();
    assertThat(store().findInHistory("openai", "c")).isEmpty();
    assertThat(store().findInHistory("anthropic", "a")).isEmpty();
  }

  @Test
  void r13AProbeUnderAnExpiredOverrideIsGivenByTheStateBelow() {
    Revision over =
        open(EPOCH, 1, "a")
            .withOverride(
                new FleetOverride(OverrideMode.DISABLED, "why", "alice", EPOCH, EPOCH + 1, "a"));
    store().commit(commit("openai", RevisionId.NONE, over));
    pass(Duration.ofSeconds(1));

    FleetStore.ProbeAnswer answer =
        store()
            .askProbe(
                new FleetStore.ProbeAsk(
                    "openai",
                    over.id(),
                    Revisions.of(State.HALF_OPEN, EPOCH, 2, "b", List.of("a")),
                    "lease",
                    1,
                    1,
                    Duration.ofSeconds(5)));

    assertThat(answer).isInstanceOf(FleetStore.ProbeAnswer.Granted.class);
    assertThat(found("openai", "b").from()).contains(State.OPEN);
  }

  private HistoryRecord found(String provider, String op) {
    return store().findInHistory(provider, op).flatMap(FleetStore.HistoryItem::told).orElseThrow();
  }

  private static FleetOverride override(OverrideMode mode, long untilMillis) {
    return new FleetOverride(mode, "maintenance", "alice", EPOCH, untilMillis, "a");
  }

  @Test
  void aLegacyStateIsOlderThanAnyRevision() {
    StoredState legacy = Revisions.legacy(State.CLOSED);

    assertThat(store().setState("openai", Revisions.legacy(State.OPEN), TTL)).isTrue();
    assertThat(store().setState("openai", legacy, TTL)).isTrue();
    assertThat(store().getState("openai")).contains(legacy);
    assertThat(store().setState("openai", StoredState.of(open(EPOCH, 1, "a")), TTL)).isTrue();
    assertThat(store().setState("openai", legacy, TTL)).isFalse();
  }

  @Test
  void aStateOfANewerSchemaIsReadAndNeverWrittenOver() {
    putRaw("openai", schema2("\"open\""));

    StoredState held = store().getState("openai").orElseThrow();
    RevisionId id = held.revision().orElseThrow().id();
    Revision next = closed(EPOCH + 1, 1, "b");

    assertThat(held.schema()).isEqualTo(2);
    assertThat(store().setState("openai", StoredState.of(next), TTL)).isFalse();
    assertThat(store().commit(commit("openai", id, next)))
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class, c -> assertThat(c.current()).contains(held));
  }

  @Test
  void r13AnOverrideThatALaterVersionHasWrittenIsNeverWrittenOver() {
    String overridden = new String(schema2("\"open\""), UTF_8);
    putRaw(
        "openai",
        overridden
            .replace("\"schema\":2", "\"schema\":1,\"override\":\"forced_open\"")
            .getBytes(UTF_8));

    StoredState held = store().getState("openai").orElseThrow();
    RevisionId id = held.revision().orElseThrow().id();
    Revision next = closed(EPOCH + 1, 1, "b");

    assertThat(held.schema()).isGreaterThan(StoredState.SCHEMA);
    assertThat(store().setState("openai", StoredState.of(next), TTL)).isFalse();
    assertThat(store().commit(commit("openai", id, next)))
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class, c -> assertThat(c.current()).contains(held));
  }

  @Test
  void anUnreadableStateOfANewerSchemaIsNeverWrittenOverByACommit() {
    putRaw("openai", schema2("\"quarantined\""));

    CommitResult result = store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 9, "b")));

    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class, c -> assertThat(c.current()).isEmpty());
  }

  @Test
  void severalStatesAreReadWithTheServersClock() {
    StoredState a = StoredState.of(open(EPOCH, 1, "a"));
    StoredState b = StoredState.of(closed(EPOCH, 2, "b"));
    store().setState("a", a, TTL);
    store().setState("b", b, TTL);

    FleetStore.StoreSnapshot snapshot = store().read(List.of("a", "b", "c"));

    assertThat(snapshot.states()).containsOnlyKeys("a", "b");
    assertThat(snapshot.states()).containsEntry("a", a).containsEntry("b", b);
    assertThat(snapshot.serverMillis()).isPositive();
    assertThat(store().read(List.of()).states()).isEmpty();
    assertThat(store().read(List.of()).serverMillis()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "[]",
        "{\"state\":\"molten\",\"schema\":1,\"epoch\":5,\"version\":7,\"op\":\"x\"}",
        "{\"state\":\"open\",\"epoch\":\"5\",\"version\":true}"
      })
  void anUnreadableStateHidesNoOtherAndIsReplacedByACommitOnNothing(String garbage) {
    putRaw("bad", garbage.getBytes(UTF_8));
    store().setState("good", StoredState.of(open(EPOCH, 1, "a")), TTL);

    assertThat(store().read(List.of("bad", "good")).states()).containsOnlyKeys("good");
    assertThatThrownBy(() -> store().getState("bad"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("the state of bad is unreadable");
    assertThat(store().commit(commit("bad", RevisionId.NONE, open(EPOCH, 1, "b"))))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(store().getState("bad")).contains(StoredState.of(open(EPOCH, 1, "b")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "{\"state\":\"odd\",\"epoch\":9007199254740990,\"version\":7}"})
  void anUnreadableStateHoldsNothingThatCouldGoBack(String garbage) {
    putRaw("openai", garbage.getBytes(UTF_8));

    assertThat(store().setState("openai", Revisions.legacy(State.OPEN), TTL)).isTrue();

    assertThat(store().getState("openai")).contains(Revisions.legacy(State.OPEN));
  }

  @Test
  void aCommitOnNothingIsStoredAndPublished() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    Revision revision = open(EPOCH, 1, "a");

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      CommitResult result = store().commit(commit("openai", RevisionId.NONE, revision));

      assertThat(result)
          .isInstanceOfSatisfying(
              CommitResult.Committed.class, c -> assertThat(c.revision()).isEqualTo(revision));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }
    BreakerEvent event = listener.events.get(0);
    assertThat(event.provider()).isEqualTo("openai");
    assertThat(event.type()).isEqualTo(BreakerEvent.Type.OPENED);
    assertThat(event.revision().orElseThrow().id()).isEqualTo(revision.id());
    assertThat(store().getState("openai")).contains(StoredState.of(revision));
  }

  @Test
  void aCommitIsToldTheServersClock() {
    AtomicReference<Long> told = new AtomicReference<>();
    CommitRequest request =
        new CommitRequest(
            "openai",
            RevisionId.NONE,
            "a",
            serverMillis -> {
              told.set(serverMillis);
              return open(serverMillis, 1, "a");
            });

    CommitResult.Committed committed = (CommitResult.Committed) store().commit(request);

    assertThat(told.get()).isEqualTo(committed.serverMillis());
    assertThat(committed.revision().id().epoch()).isEqualTo(committed.serverMillis());
  }

  @Test
  void aCommitOnItsBaseReplacesIt() {
    Revision first = open(EPOCH, 1, "a");
    Revision second = closed(EPOCH, 2, "b");
    store().commit(commit("openai", RevisionId.NONE, first));

    assertThat(store().commit(commit("openai", first.id(), second)))
        .isInstanceOf(CommitResult.Committed.class);

    assertThat(store().getState("openai")).contains(StoredState.of(second));
  }

  @Test
  void aCommitBasedOnAnotherRevisionIsRefusedAndToldTheCurrentOne() {
    Revision first = open(EPOCH, 1, "a");
    store().commit(commit("openai", RevisionId.NONE, first));

    for (RevisionId wrong :
        List.of(
            RevisionId.NONE,
            new RevisionId(EPOCH, 1, "other"),
            new RevisionId(EPOCH - 1, 1, "a"),
            new RevisionId(EPOCH, 2, "a"))) {
      assertThat(store().commit(commit("openai", wrong, closed(EPOCH, 3, "c"))))
          .isInstanceOfSatisfying(
              CommitResult.Conflict.class,
              c -> assertThat(c.current()).contains(StoredState.of(first)));
    }
    assertThat(store().getState("openai")).contains(StoredState.of(first));
  }

  @Test
  void aCommitBasedOnARevisionThatTheStoreHasLostIsRefused() {
    CommitResult result =
        store().commit(commit("openai", new RevisionId(EPOCH, 1, "a"), closed(EPOCH, 2, "b")));

    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class, c -> assertThat(c.current()).isEmpty());
  }

  @Test
  void aCommitOnNothingReplacesALegacyState() {
    StoredState legacy = Revisions.legacy(State.CLOSED);
    store().setState("openai", legacy, TTL);

    assertThat(store().commit(commit("openai", new RevisionId(EPOCH, 1, "a"), open(EPOCH, 2, "b"))))
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class, c -> assertThat(c.current()).contains(legacy));
    assertThat(store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void anOperationIsCommittedAtMostOnce() {
    Revision first = open(EPOCH, 1, "a");
    Revision second = Revisions.of(State.HALF_OPEN, EPOCH, 2, "b", List.of("a"));
    store().commit(commit("openai", RevisionId.NONE, first));

    CommitResult again = store().commit(commit("openai", RevisionId.NONE, first));
    store().commit(commit("openai", first.id(), second));
    CommitResult late = store().commit(commit("openai", RevisionId.NONE, first));

    assertThat(again)
        .isInstanceOfSatisfying(
            CommitResult.Committed.class, c -> assertThat(c.revision()).isEqualTo(first));
    assertThat(late)
        .as("known, and superseded since")
        .isInstanceOfSatisfying(
            CommitResult.Committed.class, c -> assertThat(c.revision()).isEqualTo(second));
    assertThat(store().getState("openai")).contains(StoredState.of(second));
  }

  @Test
  void aCommitDoesNotPassALockThatAnotherHolds() {
    LockResult.Acquired held = acquire("state:openai");

    assertThat(store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.LockBusy.class);
    assertThat(store().getState("openai")).isEmpty();

    assertThat(store().releaseLock(held.lock())).isTrue();
    assertThat(store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a"))))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void aCommitThatHasLostTheRaceDoesNotWaitForTheLock() {
    Revision winner = open(EPOCH, 1, "a");
    store().commit(commit("openai", RevisionId.NONE, winner));
    LockResult.Acquired held = acquire("state:openai");

    CommitResult lost = store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 2, "b")));
    CommitResult again = store().commit(commit("openai", RevisionId.NONE, winner));

    assertThat(lost)
        .isInstanceOfSatisfying(
            CommitResult.Conflict.class,
            conflict ->
                assertThat(conflict.current().flatMap(StoredState::revision)).contains(winner));
    assertThat(again).isInstanceOf(CommitResult.Committed.class);
    assertThat(store().releaseLock(held.lock())).isTrue();
  }

  @Test
  void aCommitGivesUpItsLockWhateverComesOfIt() {
    store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 1, "a")));
    assertThat(store().releaseLock(acquire("state:openai").lock())).isTrue();

    store().commit(commit("openai", RevisionId.NONE, open(EPOCH, 2, "b")));
    assertThat(store().releaseLock(acquire("state:openai").lock())).isTrue();

    CommitRequest failing =
        new CommitRequest(
            "openai",
            RevisionId.NONE,
            "c",
            serverMillis -> {
              throw new IllegalStateException("a bug");
            });
    assertThatThrownBy(() -> store().commit(failing)).hasMessage("a bug");
    assertThat(store().releaseLock(acquire("state:openai").lock())).isTrue();
  }

  @Test
  void aRevisionThatDoesNotFollowItsBaseIsABug() {
    RevisionId base = new RevisionId(EPOCH, 2, "b");

    assertThatThrownBy(() -> store().commit(commit("openai", base, open(EPOCH, 2, "c"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("revision must come after " + base);
    assertThatThrownBy(
            () ->
                store()
                    .commit(
                        new CommitRequest(
                            "openai", base, "other", serverMillis -> open(EPOCH, 3, "c"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("revision must be made by op other");
  }

  @Test
  void ofManyCommitsOnOneBaseExactlyOneIsCommitted() throws Exception {
    List<Callable<CommitResult>> rivals = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Revision revision = open(EPOCH, 1, "op" + i);
      rivals.add(() -> store().commit(commit("openai", RevisionId.NONE, revision)));
    }

    ExecutorService threads = Executors.newFixedThreadPool(rivals.size());
    List<CommitResult> results = new ArrayList<>();
    for (Future<CommitResult> result : threads.invokeAll(rivals)) {
      results.add(result.get());
    }
    threads.shutdown();

    assertThat(results).filteredOn(CommitResult.Committed.class::isInstance).hasSize(1);
    assertThat(results)
        .allMatch(
            r ->
                r instanceof CommitResult.Committed
                    || r instanceof CommitResult.Conflict
                    || r instanceof CommitResult.LockBusy);
  }

  @Test
  void aLockIsHeldByOneOwnerAtATime() {
    acquire("job");

    assertThat(store().acquireLock("job", Duration.ZERO, LONG_EXPIRY))
        .isInstanceOf(LockResult.Held.class);
    assertThat(store().acquireLock("other", Duration.ZERO, LONG_EXPIRY))
        .isInstanceOf(LockResult.Acquired.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "line\nfeed"})
  void anIllegalLockNameIsRefused(String name) {
    assertThatThrownBy(() -> store().acquireLock(name, Duration.ZERO, LONG_EXPIRY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("lock name must be 1 to 200 characters");
  }

  @Test
  void aLockIsReleasedByItsOwnersTokenOnly() {
    LockResult.Acquired held = acquire("job");

    assertThat(store().releaseLock(new FleetStore.Lock("job", "stranger"))).isFalse();
    assertThat(store().releaseLock(held.lock())).isTrue();
    assertThat(store().releaseLock(held.lock())).isFalse();
    assertThat(acquire("job")).isNotNull();
  }

  @Test
  void aLockExpiresByItselfAndItsFormerOwnerCannotReleaseTheNext() {
    LockResult.Acquired first =
        (LockResult.Acquired) store().acquireLock("job", Duration.ZERO, Duration.ofMillis(50));
    pass(Duration.ofMillis(51));

    LockResult next = store().acquireLock("job", SOON, LONG_EXPIRY);

    assertThat(next).isInstanceOf(LockResult.Acquired.class);
    assertThat(store().releaseLock(first.lock())).isFalse();
    assertThat(store().releaseLock(((LockResult.Acquired) next).lock())).isTrue();
  }

  @Test
  void aLockThatIsReleasedGoesToOneWhoWaitsForIt() throws Exception {
    LockResult.Acquired held = acquire("job");
    ExecutorService thread = Executors.newSingleThreadExecutor();

    Future<LockResult> waiting = thread.submit(() -> store().acquireLock("job", SOON, LONG_EXPIRY));
    store().releaseLock(held.lock());

    assertThat(waiting.get()).isInstanceOf(LockResult.Acquired.class);
    thread.shutdown();
  }

  @Test
  void everySubscriberHearsEveryEventInOrder() throws InterruptedException {
    RecordingListener one = new RecordingListener();
    RecordingListener two = new RecordingListener();
    List<BreakerEvent> sent = new ArrayList<>();

    try (Subscription first = store().subscribe(one);
        Subscription second = store().subscribe(two)) {
      assertThat(first.awaitSubscribed(SOON)).isTrue();
      assertThat(second.awaitSubscribed(SOON)).isTrue();
      for (int version = 1; version <= 50; version++) {
        BreakerEvent event = opened("openai", version, "op" + version);
        sent.add(event);
        store().publish(event);
      }
      await().atMost(SOON).until(() -> one.events.size() == 50 && two.events.size() == 50);
    }

    assertThat(one.events).isEqualTo(sent);
    assertThat(two.events).isEqualTo(sent);
    assertThat(one.connection).containsExactly("subscribed");
  }

  @Test
  void whatIsNoEventIsToldAndEndsNothing() throws InterruptedException {
    RecordingListener listener = new RecordingListener();

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      publishRaw(new byte[0]);
      publishRaw(new byte[] {(byte) 0xff, (byte) 0xfe});
      publishRaw("[".repeat(60_000).getBytes(UTF_8));
      publishRaw("x".repeat(1_000_000).getBytes(UTF_8));
      publishRaw("{\"provider_name\": 7}".getBytes(UTF_8));
      store().publish(opened("openai", 1, "a"));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }

    assertThat(listener.undecodable).hasSize(5).contains("not UTF-8", "longer than 65536 bytes");
  }

  @Test
  void anEventOfAnotherDatabaseIsNotOurs() throws InterruptedException {
    RecordingListener listener = new RecordingListener();

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      store().publish(BreakerEvent.committed("openai", open(EPOCH, 1, "a"), 3, EPOCH));
      store().publish(opened("openai", 2, "b"));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }

    assertThat(listener.events).containsExactly(opened("openai", 2, "b"));
    assertThat(listener.undecodable).containsExactly("event of database 3");
  }

  @Test
  void aListenerThatThrowsHearsTheNextEvent() throws InterruptedException {
    AtomicInteger heard = new AtomicInteger();
    FleetStore.EventListener listener =
        FleetStore.EventListener.of(
            event -> {
              heard.incrementAndGet();
              Thread.currentThread().interrupt();
              throw new IllegalStateException("a listener's bug");
            });

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      store().publish(opened("openai", 1, "a"));
      store().publish(opened("openai", 2, "b"));
      await().atMost(SOON).until(() -> heard.get() == 2);
    }
  }

  @Test
  void aClosedSubscriptionIsSilent() throws InterruptedException {
    RecordingListener closedOne = new RecordingListener();
    RecordingListener witness = new RecordingListener();
    Subscription subscription = store().subscribe(closedOne);
    assertThat(subscription.awaitSubscribed(SOON)).isTrue();

    subscription.close();
    subscription.close();
    try (Subscription other = store().subscribe(witness)) {
      assertThat(other.awaitSubscribed(SOON)).isTrue();
      store().publish(opened("openai", 1, "a"));
      await().atMost(SOON).until(() -> witness.events.size() == 1);
    }

    assertThat(closedOne.events).isEmpty();
    assertThat(subscription.awaitSubscribed(Duration.ZERO)).isFalse();
  }

  @Test
  void aListenerMayCloseItsOwnSubscription() throws InterruptedException {
    CompletableFuture<Subscription> own = new CompletableFuture<>();
    AtomicInteger heard = new AtomicInteger();
    Subscription subscription =
        store()
            .subscribe(
                FleetStore.EventListener.of(
                    event -> {
                      own.join().close();
                      heard.incrementAndGet();
                    }));
    own.complete(subscription);
    assertThat(subscription.awaitSubscribed(SOON)).isTrue();

    store().publish(opened("openai", 1, "a"));
    store().publish(opened("openai", 2, "b"));

    await().atMost(SOON).until(() -> heard.get() == 1);
    assertThat(heard).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "../x", "a:b", "-a", "é"})
  void anIllegalProviderNameIsRefusedEverywhere(String name) {
    StoredState state = StoredState.of(open(EPOCH, 1, "a"));

    for (Runnable use :
        List.<Runnable>of(
            () -> store().getState(name),
            () -> store().setState(name, state, TTL),
            () -> store().read(List.of(name)),
            () -> store().commit(commit(name, RevisionId.NONE, open(EPOCH, 1, "a"))),
            () -> store().publish(opened(name, 1, "a")),
            () -> store().snapshot(List.of(name)),
            () -> store().settleProbe(name, state.revision().orElseThrow().id(), "l", true, 1),
            () -> store().renewProbes(name, RevisionId.NONE, List.of(), LONG_EXPIRY))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("provider name must be");
    }
  }

  @Test
  void aStoreThatAnswersIsHealthy() {
    FleetStore.Health health = store().health();

    assertThat(health.reachable()).isTrue();
    assertThat(health.roundTrip()).isPositive();
    assertThat(health.problem()).isEmpty();
  }

  private LockResult.Acquired acquire(String name) {
    LockResult result = store().acquireLock(name, Duration.ZERO, LONG_EXPIRY);
    assertThat(result).isInstanceOf(LockResult.Acquired.class);
    return (LockResult.Acquired) result;
  }

  private static byte[] schema2(String state) {
    return ("{\"state\":"
            + state
            + ",\"failure_count\":1,\"success_count\":0,\"last_failure_time\":null,"
            + "\"state_changed_at\":\"2026-11-22T02:15:49\",\"schema\":2,\"epoch\":"
            + EPOCH
            + ",\"version\":4,\"op\":\"z\",\"since_ms\":1,\"novelty\":[1,{}]}")
        .getBytes(UTF_8);
  }
}
