package io.fleetbreaker.redis;

import io.fleetbreaker.Patience;
import java.time.Duration;
import java.util.Optional;

/** What the contract's tests need of a store. Each test starts with an empty one. */
abstract class StoreUnderTest {
  static final Duration TTL = Duration.ofHours(1);
  static final Duration SOON = Patience.LIMIT;
  static final Duration LONG_EXPIRY = Duration.ofSeconds(30);

  /** The store under test; its lock wait is short. */
  abstract FleetStore store();

  /** Puts bytes under a state's key, as a stranger could. */
  abstract void putRaw(String provider, byte[] raw);

  /** Puts bytes under a heartbeat's key, and its worker into the index, as a stranger could. */
  abstract void putRawBeat(String instance, byte[] raw);

  /** Adds an entry to the history, as a stranger could. */
  abstract void addRawHistory(String provider, String event);

  /** How long the store still keeps a provider's state; empty for as long as it is there. */
  abstract Optional<Duration> timeToLive(String provider);

  /** Publishes bytes on the fleet's channel, as a stranger could. */
  abstract void publishRaw(byte[] message);

  /** Makes the store lose everything. */
  abstract void forget();

  /** Lets time pass for a store whose clock does not run by itself. */
  abstract void pass(Duration time);
}
