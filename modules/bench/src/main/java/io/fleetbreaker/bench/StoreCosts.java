package io.fleetbreaker.bench;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisStore;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/** Measures the store's operations beside the raw ones, in turn and on one thread. */
final class StoreCosts {
  private static final double MOST_COMMIT = 1.3;
  private static final double MOST_LOCK = 1.1;
  private static final Duration EXPIRY = Duration.ofSeconds(2);

  private StoreCosts() {}

  /** {@link FleetStore#commit} of a transition. */
  static Comparison commit(BenchRedis redis, Writes writes, int rounds) {
    Samples ours = new Samples();
    Samples raw = new Samples();
    try (FleetStore store = open(redis, "commit");
        RawPeer peer = new RawPeer(redis, "commit-raw", writes)) {
      StoreCommits commits = new StoreCommits(store, "upstream");
      Alternation.run(rounds, ours, raw, () -> commitOnce(store, commits), () -> timed(peer::pair));
    }
    return new Comparison("commit", ours, raw, MOST_COMMIT, OptionalDouble.empty());
  }

  private static long commitOnce(FleetStore store, StoreCommits commits) {
    FleetStore.CommitRequest next = commits.next();
    long begun = System.nanoTime();
    FleetStore.CommitResult result = store.commit(next);
    // A machine so busy that a lock expires between two round trips: a worker tries again, too.
    while (result instanceof FleetStore.CommitResult.LockBusy) {
      result = store.commit(next);
    }
    long taken = System.nanoTime() - begun;
    commits.made(result);
    return taken;
  }

  /** Taking a free lock and giving it back. */
  static Comparison lock(BenchRedis redis, Writes writes, int rounds) {
    Samples ours = new Samples();
    Samples raw = new Samples();
    try (FleetStore store = open(redis, "lock");
        RawPeer peer = new RawPeer(redis, "lock-raw", writes)) {
      Alternation.run(
          rounds,
          ours,
          raw,
          () -> timed(() -> lockAndUnlock(store)),
          () -> timed(peer::lockAndUnlock));
    }
    return new Comparison("lock", ours, raw, MOST_LOCK, OptionalDouble.empty());
  }

  private static void lockAndUnlock(FleetStore store) {
    FleetStore.LockResult result = store.acquireLock("bench", Duration.ZERO, EXPIRY);
    if (!(result instanceof FleetStore.LockResult.Acquired acquired)
        || !store.releaseLock(acquired.lock())) {
      throw new IllegalStateException("a free lock could not be taken and given back: " + result);
    }
  }

  private static FleetStore open(BenchRedis redis, String prefix) {
    return RedisStore.open(redis.settings(prefix, List.of("upstream")).redis());
  }

  private static long timed(Runnable operation) {
    long begun = System.nanoTime();
    operation.run();
    return System.nanoTime() - begun;
  }
}
