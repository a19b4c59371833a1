package io.fleetbreaker.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/** Counts ages in the buckets of {@link SyncMetrics.Ages}. Thread-safe. */
final class AgeHistogram {
  private static final long[] BOUNDS_MILLIS =
      SyncMetrics.Ages.BOUNDS.stream().mapToLong(bound -> Math.round(bound * 1000)).toArray();

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_MILLIS.length + 1);
  private final LongAdder sumMillis = new LongAdder();

  /** Counts one age; a negative one, as of clocks that are read at different times, is none. */
  void add(long millis) {
    long age = Math.max(0, millis);
    int bucket = 0;
    while (bucket < BOUNDS_MILLIS.length && age > BOUNDS_MILLIS[bucket]) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    sumMillis.add(age);
  }

  SyncMetrics.Ages ages() {
    return new SyncMetrics.Ages(
        LongStream.range(0, counts.length()).mapToObj(i -> counts.get((int) i)).toList(),
        Duration.ofMillis(sumMillis.sum()));
  }
}
