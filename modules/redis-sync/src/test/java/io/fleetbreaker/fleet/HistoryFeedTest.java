package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.FleetStore.CommitRequest;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.HistoryId;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.TestSettings;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XTrimParams;

/** Following the history, on a real Redis. */
final class HistoryFeedTest {
  private static final String HISTORY = "test_flexiai:history";
  private static EmbeddedRedis redis;

  private final ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicBoolean mayAsk = new AtomicBoolean(true);
  private final List<String> committed = new ArrayList<>();
  private Subscription following = () -> {};
  private RedisClient raw;
  private RedisStore store;
  private HistoryFeed feed;
  private RevisionId latest = RevisionId.NONE;

  @BeforeAll
  static void startRedis() {
    redis = EmbeddedRedis.start();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void open() {
    URI uri = URI.create(redis.uri() + "/15");
    raw = RedisClient.create(uri);
    raw.flushDB();
    store = RedisStore.open(TestSettings.patient(RedisFleets.redis(uri)));
    feed =
        new HistoryFeed(
            store,
            task -> {
              reads.incrementAndGet();
              threads.execute(task);
            },
            mayAsk::get,
            (time, task) -> {
              var unused = threads.schedule(task, 10, TimeUnit.MILLISECONDS);
            });
  }

  @AfterEach
  void close() {
    feed.close();
    threads.shutdownNow();
    store.close();
    raw.close();
  }

  /** Commits so many transitions; nobody is told. */
  private void commit(int count) {
    for (int i = 0; i < count; i++) {
      RevisionId base = latest;
      RevisionId id = new RevisionId(1, base.version() + 1, "op" + (base.version() + 1));
      Revision revision =
          new Revision(
              id, List.of(id.op()), State.CLOSED, 1, 0, 0, 0, "a test", "host:1:1:a", 0, 0, 0);
      assertThat(store.commit(new CommitRequest("openai", base, id.op(), now -> revision)))
          .isInstanceOf(CommitResult.Committed.class);
      latest = id;
      committed.add(id.op());
    }
  }

  private String lastId() {
    return store.historyBefore(Optional.empty(), 1).items().get(0).id().toString();
  }

  private static Optional<HistoryId> id(String text) {
    return HistoryId.of(text);
  }

  /** Remembers operations, and gaps as {@code gap <id>}. */
  private static class Recorder implements HistoryListener {
    final List<String> told = new CopyOnWriteArrayList<>();
    final List<String> ids = new CopyOnWriteArrayList<>();

    @Override
    public void onEntry(HistoryEntry entry) {
      told.add(entry.revision().op());
      ids.add(entry.id());
    }

    @Override
    public void onGap(String id) {
      told.add("gap " + id);
      ids.add(id);
    }
  }

  private void awaitTold(Recorder recorder, List<String> expected) {
    await().untilAsserted(() -> assertThat(recorder.told).containsExactlyElementsOf(expected));
  }

  /** Follows from now on, and is there. */
  private Recorder followNow() {
    Recorder recorder = new Recorder();
    int before = reads.get();
    following = feed.follow(Optional.empty(), recorder);
    await().pollInterval(Duration.ofMillis(1)).until(() -> reads.get() > before);
    // Whatever is committed from here on comes after the read that was asked for before.
    awaitQuiet();
    return recorder;
  }

  /** Until no read is under way any more. */
  private void awaitQuiet() {
    for (int i = 0; i < 4; i++) {
      CompletableFuture.runAsync(() -> {}, threads).join();
    }
  }

  @Test
  void whoFollowsFromNowOnHearsOnlyWhatIsNewAndInOrder() {
    commit(3);
    Recorder recorder = followNow();

    commit(5);
    feed.wake();

    awaitTold(recorder, committed.subList(3, 8));
    assertThat(recorder.ids.stream().map(text -> id(text).orElseThrow()).toList()).isSorted();
  }

  @Test
  void whatIsReadBeforeTheListenersThreadHasBegunIsHeard() {
    HistoryFeed direct = new HistoryFeed(store, Runnable::run, mayAsk::get, (time, task) -> {});
    Recorder recorder = new Recorder();
    commit(1);

    // Nobody but who holds its monitor goes on with it.
    synchronized (direct) {
      following = direct.follow(Optional.empty(), recorder);
      commit(2);
      direct.wake();
    }

    awaitTold(recorder, committed.subList(1, 3));
    direct.close();
  }

  @Test
  void whoComesBackGoesOnWithoutRepeatAndWithoutLoss() {
    commit(2);
    Recorder first = new Recorder();
    following = feed.follow(id("0-0"), first);
    awaitTold(first, committed);
    following.close();
    commit(150);

    Recorder again = new Recorder();
    following = feed.follow(id(first.ids.get(1)), again);

    awaitTold(again, committed.subList(2, 152));
    commit(1);
    feed.wake();
    awaitTold(again, committed.subList(2, 153));
    assertThat(first.told).hasSize(2);
  }

  @Test
  void anEntryIsReadOnceHoweverManyFollow() {
    commit(1);
    List<Recorder> recorders = IntStream.range(0, 40).mapToObj(i -> followNow()).toList();
    int before = reads.get();

    commit(1);
    feed.wake();

    recorders.forEach(recorder -> awaitTold(recorder, committed.subList(1, 2)));
    assertThat(reads.get() - before).isEqualTo(1);
  }

  @Test
  void nothingIsReadWhileNobodyFollows() {
    feed.wake();
    assertThat(reads).hasValue(0);

    Recorder recorder = new Recorder();
    following = feed.follow(Optional.empty(), recorder);
    await().until(() -> reads.get() > 0);
    awaitQuiet();
    following.close();
    int before = reads.get();
    feed.wake();

    assertThat(reads).hasValue(before);
  }

  @Test
  void aSlowListenerHoldsNobodyUpAndMissesNothing() {
    CountDownLatch held = new CountDownLatch(1);
    Recorder slow =
        new Recorder() {
          @Override
          public void onEntry(HistoryEntry entry) {
            super.onEntry(entry);
            try {
              held.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    following = feed.follow(id("0-0"), slow);
    Recorder quick = new Recorder();
    following = feed.follow(id("0-0"), quick);
    commit(1);
    feed.wake();
    await().until(() -> slow.told.size() == 1);

    // More than is kept for those who fall behind.
    for (int i = 0; i < 4; i++) {
      commit(400);
      feed.wake();
      awaitTold(quick, committed);
    }
    assertThat(slow.told).hasSize(1);
    held.countDown();

    awaitTold(slow, committed);
  }

  @Test
  void aListenerThatThrowsHearsTheNextEntry() {
    Recorder throwing =
        new Recorder() {
          @Override
          public void onEntry(HistoryEntry entry) {
            super.onEntry(entry);
            throw new IllegalStateException("a bug in a listener");
          }
        };
    following = feed.follow(id("0-0"), throwing);

    commit(3);
    feed.wake();

    awaitTold(throwing, committed);
  }

  @Test
  void aListenerThatFailsWithAnErrorHearsAllThatWasReadWithIt() {
    commit(3);
    Recorder failing =
        new Recorder() {
          @Override
          public void onEntry(HistoryEntry entry) {
            super.onEntry(entry);
            throw new AssertionError("a bug in a listener");
          }
        };

    following = feed.follow(id("0-0"), failing);

    awaitTold(failing, committed);
  }

  @Test
  void whoWasAwayUntilTheHistoryWasTrimmedIsToldOfTheGapAndCanGoOnFromThere() {
    commit(1);
    String old = lastId();
    commit(9);
    raw.xtrim(HISTORY, XTrimParams.xTrimParams().maxLen(3));
    String end = lastId();

    Recorder recorder = new Recorder();
    following = feed.follow(id(old), recorder);

    awaitTold(recorder, List.of("gap " + end));
    commit(1);
    feed.wake();
    awaitTold(recorder, List.of("gap " + end, committed.get(10)));
    Recorder again = new Recorder();
    following = feed.follow(id(end), again);
    awaitTold(again, List.of(committed.get(10)));
  }

  @Test
  void aStoreThatWasLostIsAGapAndWhatItHoldsFromThenOnIsTold() {
    commit(2);
    Recorder recorder = followNow();
    commit(1);
    feed.wake();
    awaitTold(recorder, committed.subList(2, 3));

    raw.flushDB();
    latest = RevisionId.NONE;
    feed.wake();
    awaitTold(recorder, List.of(committed.get(2), "gap 0-0"));
    commit(2);
    feed.wake();

    awaitTold(recorder, List.of(committed.get(2), "gap 0-0", committed.get(3), committed.get(4)));
  }

  @Test
  void afterAnOutageTheFeedGoesOnWhereItWasByItself() {
    Recorder recorder = followNow();
    commit(1);
    feed.wake();
    awaitTold(recorder, committed);

    mayAsk.set(false);
    feed.wake();
    awaitQuiet();
    commit(3);
    feed.wake();
    mayAsk.set(true);

    awaitTold(recorder, committed);
  }

  @Test
  void whoBeginsToFollowWhileTheStoreIsAwayIsToldThatSomethingMayBeMissing() {
    commit(2);
    mayAsk.set(false);
    Recorder recorder = new Recorder();
    following = feed.follow(Optional.empty(), recorder);
    await().until(() -> reads.get() > 2);
    mayAsk.set(true);

    awaitTold(recorder, List.of("gap " + lastId()));
  }

  @Test
  void whoKnowsMoreThanThisWorkerHasReadIsToldNothingTwice() {
    commit(1);
    Recorder behind = followNow();
    commit(3);
    String ahead = lastId();

    Recorder recorder = new Recorder();
    following = feed.follow(id(ahead), recorder);
    commit(1);
    feed.wake();

    awaitTold(recorder, committed.subList(4, 5));
    awaitTold(behind, committed.subList(1, 5));
  }

  @Test
  void anIdThatNeverWasIsAGap() {
    commit(2);
    Recorder future = new Recorder();
    following = feed.follow(id("9999999999999-0"), future);
    Recorder past = new Recorder();
    following = feed.follow(id("1-1"), past);

    awaitTold(future, List.of("gap " + lastId()));
    awaitTold(past, List.of("gap " + lastId()));
  }

  @Test
  void whatNobodyCanReadIsPassedOver() {
    Recorder recorder = followNow();
    raw.xadd(HISTORY, StreamEntryID.NEW_ENTRY, Map.of("a", "b"));
    commit(1);
    feed.wake();

    awaitTold(recorder, committed);
  }

  @Test
  void aFeedThatIsClosedTellsNobodyAndTakesNobody() {
    Recorder recorder = followNow();
    feed.close();
    commit(1);
    feed.wake();

    assertThatThrownBy(() -> feed.follow(Optional.empty(), new Recorder()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this worker has left its fleet");
    assertThat(recorder.told).isEmpty();
  }
}
