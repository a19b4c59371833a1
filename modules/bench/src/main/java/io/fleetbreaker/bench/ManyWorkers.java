package io.fleetbreaker.bench;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.StoreException;
import io.fleetbreaker.redis.WorkerBeat;
import io.fleetbreaker.redis.WorkerBeat.ProviderBeat;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Workers that are nothing but their heartbeats: each tells of itself every five seconds, one after
 * the other, with counts that have grown. {@link #close} ends that; the heartbeats expire.
 */
final class ManyWorkers implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration LASTING = INTERVAL.multipliedBy(3);

  private final FleetStore store;
  private final int workers;
  private final int providers;
  private final Thread telling = new Thread(this::tell, "many-workers");
  private volatile boolean ended;
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger late = new AtomicInteger();

  private ManyWorkers(FleetStore store, int workers, int providers) {
    this.store = store;
    this.workers = workers;
    this.providers = providers;
    telling.setDaemon(true);
  }

  /** Returns when each has told of itself once. */
  static ManyWorkers start(FleetStore store, int workers, int providers) {
    ManyWorkers many = new ManyWorkers(store, workers, providers);
    IntStream.range(0, workers).forEach(many::beat);
    many.telling.start();
    return many;
  }

  private void beat(int number) {
    store.beat(beat(number, providers), LASTING);
  }

  private void tell() {
    long begun = System.nanoTime();
    for (long count = 0; !ended; count++) {
      long dueNanos = begun + INTERVAL.toNanos() / workers * count;
      Pause.of(Duration.ofNanos(Math.max(0, dueNanos - System.nanoTime())));
      if (System.nanoTime() - dueNanos > INTERVAL.toNanos()) {
        late.incrementAndGet();
      }
      try {
        beat((int) (count % workers));
      } catch (StoreException e) {
        // A worker would tell more the next time, and is not lost before the third.
        failed.incrementAndGet();
      }
    }
  }

  /**
   * @throws IllegalStateException if they were not told as often as they should have been, so that
   *     what was measured meanwhile is too good
   */
  void requireAllTold() {
    if (late.get() > 0 || !telling.isAlive()) {
      throw new IllegalStateException(
          "this machine is too busy to write the heartbeats: " + late + " were late");
    }
  }

  /** How many heartbeats Redis has not taken in time. */
  int failed() {
    return failed.get();
  }

  /** A worker with traffic whose providers have all been open once. */
  static WorkerBeat beat(int number, int providers) {
    long calls = System.nanoTime() / 1_000_000;
    return new WorkerBeat(
        "host-" + number + ":5486:1795313749263:" + Integer.toHexString(0x10000000 + number),
        "http://10.0.0." + number % 250 + ":8000",
        "1.0.0",
        1795313749263L,
        true,
        OptionalLong.of(number % 5_000),
        IntStream.range(0, providers)
            .mapToObj(
                i ->
                    new ProviderBeat(
                        "upstream-" + i,
                        i % 7 == 0 ? State.OPEN : State.CLOSED,
                        Optional.empty(),
                        i % 5,
                        OptionalDouble.of(i % 100 + 0.25),
                        new CallCounts(calls + number, 1_234 + i, 12, 345, 67, 8_901),
                        new RevisionId(
                            1795313749364L, 12 + i, "5f0c6a5e-3e0c-4ab5-8f53-1a2b3c4d5e6f"),
                        true))
            .toList());
  }

  @Override
  public void close() {
    ended = true;
    try {
      telling.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
