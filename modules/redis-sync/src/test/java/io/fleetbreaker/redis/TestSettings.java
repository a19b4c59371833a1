package io.fleetbreaker.redis;

import java.net.URI;
import java.time.Duration;

/** Settings with waits that suit a test. */
public final class TestSettings {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private TestSettings() {}

  /**
   * The same, with the patience of somebody for whom Redis is there: a machine that stands still
   * for some seconds makes nothing fail, no lock expire and no subscription end.
   */
  public static RedisSettings patient(RedisSettings from) {
    return with(from, from.uri(), LONG, LONG, from.pingInterval(), LONGEST);
  }

  /** As patient, but nobody waits long for a lock, and what is lost is tried again at once. */
  static RedisSettings shortWaits(RedisSettings from) {
    return with(from, from.uri(), LONG);
  }

  /** The same at another address, or with another patience for an answer. */
  static RedisSettings with(RedisSettings from, URI uri, Duration operationTimeout) {
    return with(
        from, uri, operationTimeout, Duration.ofMillis(300), Duration.ofMillis(50), LONGEST);
  }

  /** The same, taking a connection for lost that has said nothing for so long. */
  static RedisSettings withPongTimeout(RedisSettings from, Duration pongTimeout) {
    return with(
        from,
        from.uri(),
        from.operationTimeout(),
        from.lockWait(),
        from.pingInterval(),
        pongTimeout);
  }

  private static RedisSettings with(
      RedisSettings from,
      URI uri,
      Duration operationTimeout,
      Duration lockWait,
      Duration pingInterval,
      Duration pongTimeout) {
    return new RedisSettings(
        uri,
        from.login(),
        from.sentinelLogin(),
        from.tls(),
        from.prefix(),
        from.channel(),
        LONG,
        operationTimeout,
        Duration.ofHours(1),
        LONGEST,
        lockWait,
        pingInterval,
        pongTimeout,
        Duration.ofMillis(10),
        Duration.ofMillis(200));
  }
}
