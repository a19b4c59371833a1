package io.fleetbreaker.redis;

import java.time.Duration;

/**
 * How a worker keeps up with its fleet. Immutable.
 *
 * @param reconcileInterval how often it compares itself with the store; 100 ms to 1 h
 * @param probeLease for how long a probe's place is lent, unless it is renewed; 100 ms to 60 s. The
 *     place of a worker that has died is free after this time
 * @param probesWithoutRedis whether it recovers alone while the store cannot be asked; if not, what
 *     is open stays so until the store is back
 */
public record SyncSettings(
    Duration reconcileInterval, Duration probeLease, boolean probesWithoutRedis) {

  /** Every 5 s, 3 s, and alone. */
  public static final SyncSettings DEFAULTS =
      new SyncSettings(Duration.ofSeconds(5), Duration.ofSeconds(3), true);

  /** Checks the bounds; the message names setting, bound and value. */
  public SyncSettings {
    between("reconcile-interval", reconcileInterval, Duration.ofMillis(100), Duration.ofHours(1));
    between("probe-lease", probeLease, Duration.ofMillis(100), Duration.ofSeconds(60));
  }

  /** The same, but comparing so often. */
  public SyncSettings withReconcileInterval(Duration interval) {
    return new SyncSettings(interval, probeLease, probesWithoutRedis);
  }

  private static void between(String setting, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          setting + " must be " + least + " to " + most + ", was " + value);
    }
  }
}
