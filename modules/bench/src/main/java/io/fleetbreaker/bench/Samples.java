package io.fleetbreaker.bench;

import java.util.Arrays;

/** Times of one operation, each in nanoseconds. Not thread-safe. */
final class Samples {
  private long[] nanos = new long[1024];
  private int size;

  void add(long measuredNanos) {
    if (size == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * size);
    }
    nanos[size++] = measuredNanos;
  }

  void addAll(Samples others) {
    Arrays.stream(others.nanos, 0, others.size).forEach(this::add);
  }

  int size() {
    return size;
  }

  /**
   * The least time that so many percent of all do not exceed, in microseconds.
   *
   * @param percent above 0 and up to 100
   * @throws IllegalStateException if there are no times
   */
  double percentileMicros(double percent) {
    if (size == 0) {
      throw new IllegalStateException("nothing was measured");
    }
    long[] sorted = Arrays.copyOf(nanos, size);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * size);
    return sorted[Math.max(1, rank) - 1] / 1_000.0;
  }
}
