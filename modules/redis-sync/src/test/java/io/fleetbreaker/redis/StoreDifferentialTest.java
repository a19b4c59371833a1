package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import io.fleetbreaker.redis.FleetStore.Lock;
import io.fleetbreaker.redis.FleetStore.LockResult;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The same random commands give the same answers in Redis and in its twin. */
final class StoreDifferentialTest {
  private static final int SEQUENCES = 40;
  private static final int COMMANDS = 60;
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
              + "\"version\":null}");

  @Test
  void redisAndItsTwinGiveTheSameAnswers() {
    long first = new Random().nextLong();
    try (TestRedis redis = TestRedis.start()) {
      for (long seed = first; seed < first + SEQUENCES; seed++) {
        redis.run("FLUSHALL");
        RedisSettings settings = noWaits(redis.settings());
        try (RedisStore real = RedisStore.open(settings);
            InMemoryStore twin = new InMemoryStore(settings, System::currentTimeMillis)) {
          List<String> said =
              answers(
                  real,
                  seed,
                  (provider, raw) -> redis.run("SET", "test_flexiai:state:" + provider, raw));
          List<String> expected =
              answers(twin, seed, (provider, raw) -> twin.putRaw(provider, raw.getBytes(UTF_8)));
          assertThat(said).as("seed " + seed).isEqualTo(expected);
        }
      }
    }
  }

  private static List<String> answers(FleetStore store, long seed, RawWriter raw) {
    Random random = new Random(seed);
    List<String> answers = new ArrayList<>();
    List<Lock> locks = new ArrayList<>(List.of(new Lock("job", "never")));
    for (int i = 0; i < COMMANDS; i++) {
      String provider = PROVIDERS.get(random.nextInt(PROVIDERS.size()));
      answers.add(
          i
              + " "
              + switch (random.nextInt(8)) {
                case 0 -> "get " + get(store, provider);
                case 1 -> "set " + store.setState(provider, state(random), Duration.ofHours(1));
                case 2 -> "read " + new TreeMap<>(store.read(PROVIDERS).states());
                case 3 -> {
                  raw.put(provider, GARBAGE.get(random.nextInt(GARBAGE.size())));
                  yield "raw";
                }
                case 4 -> "acquire " + acquire(store, random, locks);
                case 5 -> "release " + store.releaseLock(locks.get(random.nextInt(locks.size())));
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

  private static String commit(FleetStore store, String provider, Random random) {
    RevisionId base =
        random.nextInt(3) == 0
            ? RevisionId.NONE
            : new RevisionId(EPOCH + random.nextInt(2), 1 + random.nextInt(3), op(random));
    if (random.nextBoolean()) {
      try {
        base =
            store
                .getState(provider)
                .flatMap(StoredState::revision)
                .map(Revision::id)
                .orElse(RevisionId.NONE);
      } catch (StoreException e) {
        base = RevisionId.NONE;
      }
    }
    Revision next =
        Revisions.of(
            STATES.get(random.nextInt(STATES.size())),
            Math.max(base.epoch(), EPOCH),
            base.version() + 1,
            op(random),
            List.of(op(random)));
    CommitResult result = store.commit(Revisions.commit(provider, base, next));
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
    return StoredState.of(
        Revisions.of(
            STATES.get(random.nextInt(STATES.size())),
            EPOCH + random.nextInt(2),
            1 + random.nextInt(4),
            op(random),
            List.of()));
  }

  private static String op(Random random) {
    return "op" + random.nextInt(6);
  }

  private static RedisSettings noWaits(RedisSettings from) {
    return new RedisSettings(
        from.uri(),
        from.prefix(),
        from.channel(),
        from.connectTimeout(),
        Duration.ofSeconds(5),
        from.stateTtl(),
        from.lockExpiry(),
        Duration.ZERO,
        from.pingInterval(),
        from.pongTimeout(),
        from.reconnectMin(),
        from.reconnectMax());
  }

  private interface RawWriter {
    void put(String provider, String raw);
  }
}
