package io.fleetbreaker.redis;

import java.net.URI;
import java.time.Duration;

/** Settings with waits that suit a test. */
final class TestSettings {
  private TestSettings() {}

  static RedisSettings shortWaits(RedisSettings from) {
    return with(from, from.uri(), Duration.ofSeconds(2));
  }

  /** The same at another address, or with another patience for an answer. */
  static RedisSettings with(RedisSettings from, URI uri, Duration operationTimeout) {
    return new RedisSettings(
        uri,
        from.login(),
        from.sentinelLogin(),
        from.tls(),
        from.prefix(),
        from.channel(),
        Duration.ofMillis(500),
        operationTimeout,
        Duration.ofHours(1),
        Duration.ofSeconds(2),
        Duration.ofMillis(300),
        Duration.ofMillis(50),
        Duration.ofMillis(500),
        Duration.ofMillis(10),
        Duration.ofMillis(200));
  }
}
