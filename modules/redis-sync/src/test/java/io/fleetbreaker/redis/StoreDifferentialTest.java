package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.FleetSnapshot;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.FleetStore.Lock;
import io.fleetbreaker.redis.FleetStore.LockResult;
import io.fleetbreaker.redis.FleetStore.Position;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.WorkersSeen;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Connection;

/** The same random commands give the same answers in Redis and in its twin. */
final class StoreDifferentialTest {
  private static final int SEQUENCES = 40;
  private static final int COMMANDS = 60;
  private static final int PROBES = 10;
  private static final int MAX_CALLS = 2;
  private static final int THRESHOLD = 2;
  private static final Duration LEASE_FOR = Duration.ofSeconds(60);
  private static final List<State> STATES = List.of(State.values());
  private static final List<String> PROVIDERS = List.of("a", "b");
  private static final List<String> GARBAGE =
      List.of(
          "",
          "nonsense",
          "{\"schema\":9,\"state\":\"odd\",\"epoch\":1,\"version\":1,\"op\":\"q\"}",
          "{\"state\":\"odd\",\"epoch\":1,\"version\":1,\"op\":\"q\"}",
          "{\"state\":\"open\",\"failure_count\":1,\"success_count\":0,"
              + "\"state_changed_at\":\"2026-11-22T02:15:49\",\"last_failure_time\":null,"
              + "\"version\":null}",
          overridden("{\"mode\":\"zone_open\",\"until_ms\":0}"),
          overridden("\"forced_open\""),
          overridden("[]"),
          overridden("{\"mode\":\"forced_open\",\"until_ms\":\"x\"}"),
          overridden("{\"mode\":\"disabled\"}"));

  private static String overridden(String override) {
    return "{\"state\":\"open\",\"failure_count\":1,\"success_count\":0,"
        + "\"state_changed_at\":\"2026-11-22T02:15:49\",\"last_failure_time\":null,"
        + "\"automatic_state\":\"closed\",\"epoch\":1,\"version\":1,\"op\":\"q\",\"override\":"
        + override
        + "}";
  }

  @Test
  void redisAndItsTwinGiveTheSameAnswers() {
    long first = new Random().nextLong();
    try (TestRedis redis = TestRedis.start();
        Connection beside = redis.connect()) {
      for (long seed = first; seed < first + SEQUENCES; seed++) {
        redis.run("FLUSHALL");
        RedisSettings settings = noWaits(redis.settings());
        try (RedisStore real = RedisStore.open(settings);
            InMemoryStore twin = new InMemoryStore(settings, System::currentTimeMillis)) {
          List<String> said = answers(real, seed, strangerTo(beside));
          said.add(historyOf(redis));
          List<String> expected = answers(twin, seed, strangerTo(twin));
          expected.add(historyOf(twin));
          for (int i = 0; i < expected.size(); i++) {
            assertThat(said.get(i)).as("seed %d", seed).isEqualTo(expected.get(i));
          }
        }
      }
    }
  }

  private static List<String> answers(FleetStore store, long seed, Stranger stranger) {
    Random random = new Random(seed);
    List<String> answers = new ArrayList<>();
    List<Position> positions = new ArrayList<>(List.of(Position.START, new Position("1-1", "q")));
    List<Lock> locks = new ArrayList<>(List.of(new Lock("job", "never")));
    for (int i = 0; i < COMMANDS; i++) {
      String provider = PROVIDERS.get(random.nextInt(PROVIDERS.size()));
      answers.add(
          i
              + " "
              + switch (random.nextInt(20)) {
                case 0 -> "get " + get(store, provider);
                case 1 -> "set " + store.setState(provider, state(random), Duration.ofHours(1));
                case 2 -> "read " + new TreeMap<>(store.read(PROVIDERS).states());
                case 3 -> {
                  stranger.put(provider, GARBAGE.get(random.nextInt(GARBAGE.size())));
                  yield "raw";
                }
                case 4 -> "acquire " + acquire(store, random, locks);
                case 5 -> "release " + store.releaseLock(locks.get(random.nextInt(locks.size())));
                case 6 -> "snapshot " + snapshot(store);
                case 7 -> "changes " + changes(store, positions, random);
                case 8 -> "mark " + store.markAndGreet("w");
                case 9, 10 -> probe(store, provider, random, stranger);
                case 11, 12 -> probes(store, provider, random, stranger);
                case 13 -> "back " + back(store, random);
                case 14 -> "on " + on(store, random);
                case 15, 16 -> workers(store, random);
                default -> "commit " + commit(store, provider, random);
              });
    }
    return answers;
  }

  private static String get(FleetStore store, String provider) {
    try {
      return store.getState(provider).toString();
    } catch (StoreException e) {
      return "unreadable";
    }
  }

  private static String acquire(FleetStore store, Random random, List<Lock> locks) {
    String name = random.nextBoolean() ? "job" : "state:a";
    LockResult result = store.acquireLock(name, Duration.ZERO, Duration.ofMinutes(1));
    if (result instanceof LockResult.Acquired acquired) {
      locks.add(acquired.lock());
    }
    return result.getClass().getSimpleName();
  }

  private static String snapshot(FleetStore store) {
    FleetSnapshot snapshot = store.snapshot(PROVIDERS);
    return new TreeMap<>(snapshot.states().states())
        + " "
        + new TreeSet<>(snapshot.notClosed())
        + " "
        + snapshot.mark().isEmpty()
        + " "
        + snapshot.position().op();
  }

  private static String changes(FleetStore store, List<Position> positions, Random random) {
    Changes changes = store.changesSince(positions.get(random.nextInt(positions.size())));
    positions.add(changes.position());
    return changes.complete()
        + " "
        + new TreeSet<>(changes.providers())
        + " "
        + changes.mark().isEmpty()
        + " "
        + changes.position().op();
  }

  /** All of the history, newest first, in pages of some length. */
  private static String back(FleetStore store, Random random) {
    int count = 1 + random.nextInt(9);
    List<String> answers = new ArrayList<>();
    Optional<HistoryId> before = Optional.empty();
    HistorySlice slice;
    do {
      slice = store.historyBefore(before, count);
      answers.add(told(slice));
      before = slice.items().stream().reduce((first, second) -> second).map(HistoryItem::id);
    } while (slice.more());
    return answers.toString();
  }

  /** The same, oldest first; the ids are of each store's own clock. */
  private static String on(FleetStore store, Random random) {
    int count = 1 + random.nextInt(9);
    List<String> answers = new ArrayList<>();
    HistoryId after = random.nextInt(4) == 0 ? new HistoryId(7, 7) : HistoryId.START;
    HistoryTail tail;
    do {
      tail = store.historyAfter(after, count);
      answers.add(tail.known() + told(tail.slice()));
      after = tail.slice().items().isEmpty() ? after : last(tail.slice());
    } while (tail.slice().more());
    return answers + " " + (after.equals(tail.end()) || tail.slice().items().isEmpty());
  }

  private static HistoryId last(HistorySlice slice) {
    return slice.items().get(slice.items().size() - 1).id();
  }

  private static String told(HistorySlice slice) {
    return slice.items().stream().map(item -> item.told().toString()).toList() + " " + slice.more();
  }

  private static String workers(FleetStore store, Random random) {
    String instance = Beats.instance(random.nextInt(4));
    switch (random.nextInt(5)) {
      case 0 -> store.leave(instance);
      case 1, 2 ->
          store.beat(Beats.of(instance, Beats.many(random.nextInt(3))), Duration.ofMinutes(1));
      default -> {}
    }
    WorkersSeen seen = store.workers(1 + random.nextInt(4));
    // Which are read of too many depends on the clock.
    Set<String> read = new TreeSet<>();
    if (seen.complete()) {
      seen.workers().forEach(worker -> read.add(worker.instance() + " " + worker.beat()));
    }
    return "workers " + seen.workers().size() + seen.complete() + seen.skipped() + read;
  }

  /** A trip, if it can be committed, and a round of probes that nobody disturbs. */
  private static String probes(
      FleetStore store, String provider, Random random, Stranger stranger) {
    RevisionId base = held(store, provider);
    Revision trip = Revisions.of(State.OPEN, EPOCH, base.version() + 1, "trip", List.of());
    List<String> answers = new ArrayList<>();
    if (trip.id().isAfter(base)) {
      answers.add(answerOf(store.commit(Revisions.commit(provider, base, trip))));
    }
    for (int i = 0; i < PROBES; i++) {
      answers.add(probe(store, provider, random, stranger));
    }
    return answers.toString();
  }

  private static String probe(FleetStore store, String provider, Random random, Stranger stranger) {
    return switch (random.nextInt(8)) {
      case 0 -> {
        stranger.expireLease(provider, lease(random));
        yield "expire";
      }
      case 1 -> "renew " + renew(store, provider, random);
      case 2, 3, 4 -> {
        stranger.expireCloseDue(provider);
        yield "settle " + settle(store, provider, random);
      }
      default -> {
        stranger.expireCloseDue(provider);
        yield "ask " + ask(store, provider, random);
      }
    };
  }

  private static String ask(FleetStore store, String provider, Random random) {
    RevisionId base = base(store, provider, random);
    Revision halfOpen =
        Revisions.of(State.HALF_OPEN, base.epoch(), base.version() + 1, op(random), List.of());
    ProbeAnswer answer =
        store.askProbe(
            new ProbeAsk(provider, base, halfOpen, lease(random), MAX_CALLS, THRESHOLD, LEASE_FOR));
    if (answer instanceof ProbeAnswer.Granted granted) {
      return "granted in " + granted.round();
    }
    if (answer instanceof ProbeAnswer.Busy busy) {
      return "busy in " + busy.round();
    }
    if (answer instanceof ProbeAnswer.CloseDue due) {
      return "close due in " + due.round();
    }
    if (answer instanceof ProbeAnswer.Conflict conflict) {
      return "conflict " + conflict.current();
    }
    return answer.toString();
  }

  private static String settle(FleetStore store, String provider, Random random) {
    RevisionId round = base(store, provider, random);
    return store
        .settleProbe(provider, round, lease(random), random.nextInt(3) > 0, THRESHOLD)
        .toString();
  }

  private static String renew(FleetStore store, String provider, Random random) {
    RevisionId round = base(store, provider, random);
    Renewal renewal =
        store.renewProbes(provider, round, List.of(lease(random), lease(random)), LEASE_FOR);
    return renewal instanceof Renewal.Renewed renewed
        ? new TreeSet<>(renewed.alive()) + " " + renewed.wanted()
        : renewal.toString();
  }

  private static String lease(Random random) {
    return "lease" + random.nextInt(3);
  }

  /** What the store holds, more often than not, else something that it may never have held. */
  private static RevisionId base(FleetStore store, String provider, Random random) {
    RevisionId made =
        random.nextInt(3) == 0
            ? RevisionId.NONE
            : new RevisionId(EPOCH + random.nextInt(2), 1 + random.nextInt(3), op(random));
    if (random.nextInt(4) == 0) {
      return made;
    }
    return held(store, provider);
  }

  private static RevisionId held(FleetStore store, String provider) {
    try {
      return store
          .getState(provider)
          .flatMap(StoredState::revision)
          .map(Revision::id)
          .orElse(RevisionId.NONE);
    } catch (StoreException e) {
      return RevisionId.NONE;
    }
  }

  private static String commit(FleetStore store, String provider, Random random) {
    RevisionId base = base(store, provider, random);
    Revision next =
        Revisions.of(
            STATES.get(random.nextInt(STATES.size())),
            Math.max(base.epoch(), EPOCH),
            base.version() + 1,
            op(random),
            List.of(op(random)));
    Revision told = random.nextInt(3) == 0 ? overridden(next, random) : next;
    return answerOf(store.commit(Revisions.commit(provider, base, told)));
  }

  /** Long over, or without end. */
  private static Revision overridden(Revision revision, Random random) {
    OverrideMode mode = OverrideMode.values()[random.nextInt(3)];
    long until = random.nextBoolean() ? 0 : EPOCH;
    return revision.withOverride(
        new FleetOverride(mode, "why", "alice", EPOCH - 1, until, revision.id().op()));
  }

  private static String answerOf(CommitResult result) {
    if (result instanceof CommitResult.Committed committed) {
      return "committed " + committed.revision();
    }
    if (result instanceof CommitResult.Conflict conflict) {
      return "conflict " + conflict.current();
    }
    return result.getClass().getSimpleName();
  }

  private static StoredState state(Random random) {
    if (random.nextInt(4) == 0) {
      return Revisions.legacy(STATES.get(random.nextInt(STATES.size())));
    }
    Revision revision =
        Revisions.of(
            STATES.get(random.nextInt(STATES.size())),
            EPOCH + random.nextInt(2),
            1 + random.nextInt(4),
            op(random),
            List.of());
    return StoredState.of(random.nextInt(4) == 0 ? overridden(revision, random) : revision);
  }

  private static String op(Random random) {
    return "op" + random.nextInt(6);
  }

  /** Nothing is waited for, and nothing expires or fails because the machine is slow. */
  private static RedisSettings noWaits(RedisSettings from) {
    return new RedisSettings(
        from.uri(),
        from.prefix(),
        from.channel(),
        Duration.ofSeconds(20),
        Duration.ofSeconds(20),
        from.stateTtl(),
        Duration.ofSeconds(60),
        Duration.ZERO,
        from.pingInterval(),
        from.pongTimeout(),
        from.reconnectMin(),
        from.reconnectMax());
  }

  private static String historyOf(TestRedis redis) {
    List<String> told = new ArrayList<>();
    for (Object raw : (List<?>) redis.run("XRANGE", "test_flexiai:history", "-", "+")) {
      List<?> fields = (List<?>) ((List<?>) raw).get(1);
      told.add(text(fields.get(1)) + " " + text(fields.get(3)) + " " + text(fields.get(5)));
    }
    return told.toString();
  }

  private static String historyOf(InMemoryStore twin) {
    return twin.historyEntries().stream()
        .map(entry -> entry.provider() + " " + entry.from().wireName() + " " + entry.op())
        .toList()
        .toString();
  }

  private static String text(Object raw) {
    return new String((byte[]) raw, UTF_8);
  }

  private static Stranger strangerTo(Connection redis) {
    return new Stranger() {
      @Override
      public void put(String provider, String raw) {
        TestRedis.run(redis, "SET", "test_flexiai:state:" + provider, raw);
      }

      @Override
      public void expireLease(String provider, String lease) {
        replace(provider, "lease:" + lease, "1 1");
      }

      @Override
      public void expireCloseDue(String provider) {
        replace(provider, "due_ms", "1");
      }

      private void replace(String provider, String field, String value) {
        TestRedis.run(
            redis,
            "EVAL",
            "if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then"
                + " redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end",
            "1",
            "test_flexiai:probe:" + provider,
            field,
            value);
      }
    };
  }

  private static Stranger strangerTo(InMemoryStore twin) {
    return new Stranger() {
      @Override
      public void put(String provider, String raw) {
        twin.putRaw(provider, raw.getBytes(UTF_8));
      }

      @Override
      public void expireLease(String provider, String lease) {
        twin.expireLease(provider, lease);
      }

      @Override
      public void expireCloseDue(String provider) {
        twin.expireCloseDue(provider);
      }
    };
  }

  /**
   * What happens to a store beside the commands. Time is one of these: the clocks of the two stores
   * run on their own, so no answer may depend on them.
   */
  private interface Stranger {
    void put(String provider, String raw);

    void expireLease(String provider, String lease);

    void expireCloseDue(String provider);
  }
}
