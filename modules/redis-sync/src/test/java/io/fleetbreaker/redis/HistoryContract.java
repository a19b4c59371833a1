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
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.Subscription;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every {@link FleetStore} must do for those who follow it: mark, history, index. */
abstract class HistoryContract extends StoreUnderTest {
  private static final String WORKER = "host-a:5486:1795313749263:a1b2";

  @Test
  void anEmptyStoreHasNothingToFollow() {
    FleetSnapshot snapshot = store().snapshot(List.of("openai"));

    assertThat(snapshot.states().states()).isEmpty();
    assertThat(snapshot.states().serverMillis()).isPositive();
    assertThat(snapshot.mark()).isEmpty();
    assertThat(snapshot.position()).isEqualTo(Position.START);
    assertThat(snapshot.notClosed()).isEmpty();
    assertThat(store().changesSince(Position.START)).isEqualTo(nothingSince(Position.START));
  }

  @Test
  void aSnapshotHoldsTheStatesAskedForAndTheNamesOfAllThatAreNotClosed() {
    committed("a", RevisionId.NONE, open(EPOCH, 1, "a1"));
    committed("b", RevisionId.NONE, closed(EPOCH, 1, "b1"));
    committed("c", RevisionId.NONE, Revisions.of(State.HALF_OPEN, EPOCH, 1, "c1", List.of()));
    Revision opened = open(EPOCH, 1, "d1");
    committed("d", RevisionId.NONE, opened);
    committed("d", opened.id(), closed(EPOCH, 2, "d2"));

    FleetSnapshot snapshot = store().snapshot(List.of("a", "b", "x"));

    assertThat(snapshot.states().states()).containsOnlyKeys("a", "b");
    assertThat(snapshot.notClosed()).containsExactlyInAnyOrder("a", "c");
  }

  @Test
  void aStateWrittenWithoutACommitIsIndexedToo() {
    store().setState("a", StoredState.of(open(EPOCH, 1, "a1")), TTL);
    store().setState("b", Revisions.legacy(State.OPEN), TTL);
    store().setState("c", StoredState.of(open(EPOCH, 1, "c1")), TTL);
    store().setState("c", StoredState.of(closed(EPOCH, 2, "c2")), TTL);

    FleetSnapshot snapshot = store().snapshot(List.of());

    assertThat(snapshot.notClosed()).containsExactlyInAnyOrder("a", "b");
    assertThat(snapshot.position()).as("only commits are history").isEqualTo(Position.START);
  }

  @Test
  void whatWasCommittedSinceASnapshotIsTold() {
    committed("a", RevisionId.NONE, open(EPOCH, 1, "a1"));
    Position start = store().snapshot(List.of()).position();
    committed("b", RevisionId.NONE, open(EPOCH, 1, "b1"));
    committed("b", new RevisionId(EPOCH, 1, "b1"), closed(EPOCH, 2, "b2"));
    committed("c", RevisionId.NONE, open(EPOCH, 1, "c1"));

    Changes changes = store().changesSince(start);

    assertThat(changes.complete()).isTrue();
    assertThat(changes.providers()).containsExactlyInAnyOrder("b", "c");
    assertThat(changes.position())
        .isEqualTo(store().snapshot(List.of()).position())
        .extracting(Position::op)
        .isEqualTo("c1");
    assertThat(store().changesSince(changes.position()))
        .isEqualTo(nothingSince(changes.position()));
    assertThat(store().changesSince(Position.START).providers())
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void aCommitThatIsRefusedIsNoHistory() {
    committed("a", RevisionId.NONE, open(EPOCH, 1, "a1"));
    Position position = store().snapshot(List.of()).position();

    store().commit(commit("a", RevisionId.NONE, open(EPOCH, 2, "a2")));
    store().commit(commit("a", RevisionId.NONE, open(EPOCH, 1, "a1")));

    assertThat(store().changesSince(position)).isEqualTo(nothingSince(position));
  }

  @Test
  void moreThanAThousandChangesAreNotToldOneByOne() {
    committed("a", RevisionId.NONE, open(EPOCH, 1, "op1"));
    Position start = store().snapshot(List.of()).position();
    for (int version = 2; version <= 1001; version++) {
      committed(
          "a",
          new RevisionId(EPOCH, version - 1, "op" + (version - 1)),
          open(EPOCH, version, "op" + version));
    }

    Changes thousand = store().changesSince(start);
    Changes more = store().changesSince(Position.START);

    assertThat(thousand.complete()).isTrue();
    assertThat(thousand.providers()).containsExactly("a");
    assertThat(more.complete()).isFalse();
    assertThat(more.providers()).isEmpty();

    committed("b", RevisionId.NONE, open(EPOCH, 1, "b1"));

    assertThat(store().changesSince(start).complete()).isFalse();
    assertThat(store().changesSince(thousand.position()).providers()).containsExactly("b");
  }

  @Test
  void aPositionThatTheStoreHasLostIsNotComplete() {
    committed("a", RevisionId.NONE, open(EPOCH, 1, "a1"));
    Position position = store().snapshot(List.of()).position();
    forget();

    Changes empty = store().changesSince(position);
    committed("a", RevisionId.NONE, open(EPOCH, 1, "other"));
    Changes anew = store().changesSince(position);
    Changes otherOp = store().changesSince(new Position(anew.position().id(), "a1"));

    assertThat(empty.complete()).isFalse();
    assertThat(empty.position()).isEqualTo(Position.START);
    assertThat(anew.complete()).isFalse();
    assertThat(otherOp.complete()).as("the same place, and another operation").isFalse();
  }

  @Test
  void onlyAStoreWithoutAMarkIsMarkedAndTheFleetIsToldOnce() throws InterruptedException {
    RecordingListener listener = new RecordingListener();

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      assertThat(store().markAndGreet(WORKER)).isTrue();
      assertThat(store().markAndGreet("another")).isFalse();
      store().publish(opened("openai", 1, "a"));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }

    assertThat(listener.greetings).containsExactly(WORKER);
    assertThat(listener.undecodable).isEmpty();
  }

  @Test
  void aMarkStaysUntilTheStoreIsLostAndTheNextIsAnother() {
    store().markAndGreet(WORKER);
    String mark = store().snapshot(List.of()).mark();
    committed("a", RevisionId.NONE, open(EPOCH, 1, "a1"));

    assertThat(mark).isNotEmpty();
    assertThat(store().changesSince(Position.START).mark()).isEqualTo(mark);

    forget();

    assertThat(store().snapshot(List.of()).mark()).isEmpty();
    assertThat(store().changesSince(Position.START).mark()).isEmpty();
    assertThat(store().markAndGreet(WORKER)).isTrue();
    assertThat(store().snapshot(List.of()).mark()).isNotEmpty().isNotEqualTo(mark);
  }

  @Test
  void aGreetingThatIsNoneOfOursIsToldAndChangesNothing() throws InterruptedException {
    RecordingListener listener = new RecordingListener();

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      for (String hostile :
          List.of(
              "{\"fleetbreaker\": \"hello\"}",
              "{\"fleetbreaker\": \"goodbye\", \"worker_id\": \"w\", \"db\": 15}",
              "{\"fleetbreaker\": {\"hello\": 1}, \"worker_id\": \"w\", \"db\": 15}",
              "{\"fleetbreaker\": \"hello\", \"worker_id\": 7, \"db\": 15}",
              "{\"fleetbreaker\": \"hello\", \"worker_id\": \"w\", \"db\": \"15\"}",
              "{\"fleetbreaker\": \"hello\", \"worker_id\": \"w\", \"db\": -1}",
              "{\"fleetbreaker\": \"hello\", \"worker_id\": \"w\", \"db\": 14}",
              "{\"fleetbreaker\": \"hello\", \"worker_id\": \""
                  + "w".repeat(300)
                  + "\", \"db\": 15}",
              "{\"fleetbreaker\": " + "[".repeat(60_000),
              "{\"fleetbreaker\": \"hello\", \"worker_id\": \"" + "w".repeat(100_000) + "\"}")) {
        publishRaw(hostile.getBytes(UTF_8));
      }
      store().publish(opened("openai", 1, "a"));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }

    assertThat(listener.greetings).isEmpty();
    assertThat(listener.undecodable).hasSize(10).contains("greeting of database 14");
  }

  @Test
  void aWorkerWithoutANameCannotGreet() {
    assertThatThrownBy(() -> store().markAndGreet(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("worker must be 1 to 256 characters, had 0");
    assertThat(store().snapshot(List.of()).mark()).isEmpty();
  }

  @Test
  void theHistoryIsReadFromTheNewestBackInPages() {
    List<String> ops = commitAll("a", "b", "a", "b", "a");

    HistorySlice newest = store().historyBefore(Optional.empty(), 2);
    HistorySlice next = store().historyBefore(Optional.of(lastOf(newest)), 2);
    HistorySlice last = store().historyBefore(Optional.of(lastOf(next)), 2);

    assertThat(opsOf(newest)).containsExactly(ops.get(4), ops.get(3));
    assertThat(opsOf(next)).containsExactly(ops.get(2), ops.get(1));
    assertThat(opsOf(last)).containsExactly(ops.get(0));
    assertThat(List.of(newest.more(), next.more(), last.more())).containsExactly(true, true, false);
    assertThat(store().historyBefore(Optional.of(lastOf(last)), 2))
        .isEqualTo(new HistorySlice(List.of(), false));
  }

  @Test
  void theHistoryIsReadOnFromAnEntryAndSaysWhereItEnds() {
    List<String> ops = commitAll("a", "b", "a", "b");

    HistoryTail all = store().historyAfter(HistoryId.START, 10);
    HistoryTail two = store().historyAfter(all.slice().items().get(0).id(), 2);
    HistoryTail rest = store().historyAfter(lastOf(two.slice()), 2);
    HistoryTail none = store().historyAfter(lastOf(rest.slice()), 2);

    assertThat(opsOf(all.slice())).containsExactlyElementsOf(ops);
    assertThat(opsOf(two.slice())).containsExactly(ops.get(1), ops.get(2));
    assertThat(two.slice().more()).isTrue();
    assertThat(opsOf(rest.slice())).containsExactly(ops.get(3));
    assertThat(rest.slice().more()).isFalse();
    assertThat(none)
        .isEqualTo(new HistoryTail(new HistorySlice(List.of(), false), true, none.end()));
    assertThat(List.of(all.known(), two.known(), rest.known())).containsOnly(true);
    assertThat(List.of(all.end(), two.end(), rest.end())).containsOnly(lastOf(rest.slice()));
  }

  @Test
  void anEmptyHistoryHasAnEndBeforeEveryEntry() {
    assertThat(store().historyBefore(Optional.empty(), 5))
        .isEqualTo(new HistorySlice(List.of(), false));
    assertThat(store().historyAfter(HistoryId.START, 5))
        .isEqualTo(new HistoryTail(new HistorySlice(List.of(), false), true, HistoryId.START));
  }

  @Test
  void anEntryThatTheStoreHasLostIsNotKnown() {
    commitAll("a", "b");
    HistoryId end = store().historyAfter(HistoryId.START, 5).end();
    HistoryId between = new HistoryId(end.millis() - 1, Long.MIN_VALUE);
    HistoryId beyond = new HistoryId(end.millis() + 3_600_000, 0);

    assertThat(store().historyAfter(between, 5).known()).isFalse();
    assertThat(store().historyAfter(beyond, 5))
        .isEqualTo(new HistoryTail(new HistorySlice(List.of(), false), false, end));

    forget();

    assertThat(store().historyAfter(end, 5))
        .isEqualTo(new HistoryTail(new HistorySlice(List.of(), false), false, HistoryId.START));
  }

  @Test
  void anEntryTellsWhatWasCommittedByWhom() {
    Revision trip = open(EPOCH, 1, "a1");
    committed("openai", RevisionId.NONE, trip);
    committed("openai", trip.id(), closed(EPOCH, 2, "a2"));

    List<HistoryItem> items = store().historyAfter(HistoryId.START, 5).slice().items();

    assertThat(items.get(0).told())
        .contains(
            new HistoryRecord(
                "openai",
                Optional.of(State.CLOSED),
                State.OPEN,
                Optional.empty(),
                trip.id(),
                trip.worker(),
                "",
                trip.reason(),
                trip.failureCount(),
                trip.successCount()));
    assertThat(items.get(1).told().orElseThrow().from()).contains(State.OPEN);
    assertThat(items.get(1).told().orElseThrow().to()).isEqualTo(State.CLOSED);
    assertThat(items.get(0).id().millis()).isPositive();
  }

  @Test
  void anEntryTellsTheOverrideAndWhoWantedIt() {
    addRawHistory("openai", event("openai", OVERRIDE + ",\"operator\":\"alice\""));
    addRawHistory("openai", event("openai", OVERRIDE.replace("forced_open", "slowed_down")));

    List<HistoryItem> items = store().historyAfter(HistoryId.START, 5).slice().items();

    assertThat(items.get(0).told())
        .hasValueSatisfying(
            told -> {
              assertThat(told.override()).contains(OverrideMode.FORCED_OPEN);
              assertThat(told.operator()).isEqualTo("alice");
              assertThat(told.reason()).isEqualTo("why");
              assertThat(told.revision()).isEqualTo(new RevisionId(5, 2, "x"));
            });
    assertThat(items.get(1).told().orElseThrow().override()).as("of a later version").isEmpty();
  }

  @Test
  void anEntryThatNobodyCanReadHoldsItsPlaceAndTellsNothing() {
    addRawHistory("openai", "nonsense");
    addRawHistory("openai", event("anthropic", OVERRIDE));
    addRawHistory("../etc", event("../etc", OVERRIDE));
    addRawHistory("openai", event("openai", "\"operator\":7"));
    addRawHistory("openai", event("openai", "\"override\":[]"));
    addRawHistory("openai", "{\"a\":\"" + "a".repeat(100_000) + "\"}");
    committed("openai", RevisionId.NONE, open(EPOCH, 1, "a1"));

    HistoryTail read = store().historyAfter(HistoryId.START, 10);

    assertThat(read.slice().items()).hasSize(7);
    assertThat(read.slice().items().subList(0, 6)).allMatch(item -> item.told().isEmpty());
    assertThat(read.slice().items().get(6).told()).isPresent();
  }

  @Test
  void aThousandEntriesAreReadAtOnceAndNoMore() {
    for (int count : new int[] {0, 1_001}) {
      assertThatThrownBy(() -> store().historyBefore(Optional.empty(), count))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("entries to read must be 1 to 1000, was " + count);
      assertThatThrownBy(() -> store().historyAfter(HistoryId.START, count))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static final String OVERRIDE =
      "\"override\":{\"mode\":\"forced_open\",\"reason\":\"r\",\"operator\":\"alice\"}";

  private static String event(String provider, String more) {
    return "{\"provider_name\":\""
        + provider
        + "\",\"event_type\":\"opened\",\"worker_id\":\"w\",\"timestamp\":"
        + "\"2026-11-22T02:15:49.364548\",\"__event_type__\":\"CircuitBreakerEvent\",\"schema\":1,"
        + "\"epoch\":5,\"version\":2,\"op\":\"x\",\"db\":15,\"reason\":\"why\","
        + more
        + "}";
  }

  /** One commit after the other; gives their operations. */
  private List<String> commitAll(String... providers) {
    Map<String, RevisionId> held = new HashMap<>();
    List<String> ops = new ArrayList<>();
    for (String provider : providers) {
      RevisionId base = held.getOrDefault(provider, RevisionId.NONE);
      String op = "op" + ops.size();
      Revision next = open(EPOCH, base.version() + 1, op);
      committed(provider, base, next);
      held.put(provider, next.id());
      ops.add(op);
    }
    return ops;
  }

  private static HistoryId lastOf(HistorySlice slice) {
    return slice.items().get(slice.items().size() - 1).id();
  }

  private static List<String> opsOf(HistorySlice slice) {
    return slice.items().stream().map(item -> item.told().orElseThrow().revision().op()).toList();
  }

  final void committed(String provider, RevisionId base, Revision revision) {
    assertThat(store().commit(commit(provider, base, revision)))
        .isInstanceOf(CommitResult.Committed.class);
  }

  private static Changes nothingSince(Position position) {
    return new Changes(true, Set.of(), "", position);
  }
}
