package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** What every store checks about probes, wherever it keeps them. */
final class ProbeChecks {
  /** For so long after one worker was told that a close is due, no other is. */
  static final long CLOSE_AGAIN_MILLIS = 200;

  private static final int LONGEST_LEASE = 128;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private ProbeChecks() {}

  /**
   * Refuses an ask that no store can serve.
   *
   * @throws IllegalArgumentException naming the bound and the value
   */
  static void require(ProbeAsk ask) {
    ProviderName.require(ask.provider());
    Revision halfOpen = ask.halfOpen();
    if (halfOpen.state() != State.HALF_OPEN) {
      throw new IllegalArgumentException("a probe begins HALF_OPEN, was " + halfOpen.state());
    }
    if (!halfOpen.id().isAfter(ask.base())) {
      throw new IllegalArgumentException(
          "HALF_OPEN must come after " + ask.base() + ", was " + halfOpen.id());
    }
    atLeastOne("half-open-max-calls", ask.maxCalls());
    atLeastOne("success-threshold", ask.successThreshold());
    requireLease(ask.lease());
    requireLength(ask.leaseFor());
  }

  static void atLeastOne(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, was " + value);
    }
  }

  static void requireLength(Duration leaseFor) {
    if (leaseFor.compareTo(SHORTEST) < 0 || leaseFor.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a lease must last " + SHORTEST + " to " + LONGEST + ", was " + leaseFor);
    }
  }

  static void requireLease(String token) {
    if (token.isEmpty() || token.length() > LONGEST_LEASE) {
      throw new IllegalArgumentException(
          "a lease's token must have 1 to " + LONGEST_LEASE + " characters, had " + token.length());
    }
  }

  /** A refusal with a wait of one to two times this: not all who wait shall ask again at once. */
  static ProbeAnswer.Busy busy(Revision round, long waitMillis, long serverMillis) {
    long jitterNanos = ThreadLocalRandom.current().nextLong(waitMillis * 1_000_000);
    Duration again = Duration.ofMillis(waitMillis).plusNanos(jitterNanos);
    return new ProbeAnswer.Busy(round, again, serverMillis);
  }
}
