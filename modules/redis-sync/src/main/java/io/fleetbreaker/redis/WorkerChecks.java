package io.fleetbreaker.redis;

import java.time.Duration;

/** What every store checks about heartbeats and pages, wherever it keeps them. */
final class WorkerChecks {
  private static final int MOST_WORKERS = 10_000;
  private static final int MOST_ENTRIES = 1_000;

  private WorkerChecks() {}

  static void requireMost(int most) {
    between("workers to read", most, MOST_WORKERS);
  }

  static void requireCount(int count) {
    between("entries to read", count, MOST_ENTRIES);
  }

  static void requireLasting(Duration lasting) {
    if (lasting.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("a heartbeat must last at least 1 ms, was " + lasting);
    }
  }

  private static void between(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(what + " must be 1 to " + most + ", was " + value);
    }
  }
}
