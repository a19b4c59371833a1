package io.fleetbreaker.it.child;

import io.fleetbreaker.redis.RedisSettings;
import java.time.Duration;
import java.util.Map;

/**
 * Settings of tests that are not about time-outs: what the product gives up after seconds, it does
 * not give up here because a machine that does other things has stopped Redis or the test for a
 * moment. Where Redis is away for good the answer comes as soon as without.
 */
public final class Unhurried {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration PONG = Duration.ofSeconds(60);

  private Unhurried() {}

  /** The same with more time for connections, answers and signs of life. */
  public static RedisSettings redis(RedisSettings settings) {
    return new RedisSettings(
        settings.uri(),
        settings.login(),
        settings.sentinelLogin(),
        settings.tls(),
        settings.prefix(),
        settings.channel(),
        ANSWER,
        ANSWER,
        settings.stateTtl(),
        settings.lockExpiry(),
        settings.lockWait(),
        settings.pingInterval(),
        PONG,
        settings.reconnectMin(),
        settings.reconnectMax());
  }

  /** That, and a start that waits for the fleet's state, as the variables of a worker. */
  public static Map<String, String> environment() {
    return Map.of(
        "FLEETBREAKER_REDIS_CONNECT_TIMEOUT",
        ANSWER.toSeconds() + " s",
        "FLEETBREAKER_REDIS_OPERATION_TIMEOUT",
        ANSWER.toSeconds() + " s",
        "FLEETBREAKER_REDIS_PONG_TIMEOUT",
        PONG.toSeconds() + " s",
        "FLEETBREAKER_START_WAIT",
        ANSWER.toSeconds() + " s");
  }
}
