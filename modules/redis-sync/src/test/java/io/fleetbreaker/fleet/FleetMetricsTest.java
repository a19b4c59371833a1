package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.SyncMetrics;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** What two workers count of their link, over a real Redis. */
class FleetMetricsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static EmbeddedRedis redis;

  @BeforeAll
  static void startRedis() {
    redis = EmbeddedRedis.start();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  private static Fleet start() {
    return Fleet.start(
        FleetSettings.of(
            RedisSettings.of(URI.create(redis.uri() + "/15")).withPrefix("test_flexiai"),
            ProviderSettings.builder("openai").failureThreshold(1).build()));
  }

  private static long measured(Fleet fleet) {
    return fleet.syncMetrics().propagation().counts().stream().mapToLong(n -> n).sum();
  }

  @Test
  void aTripIsACommitThereAndAPropagationHere() {
    try (Fleet one = start();
        Fleet two = start()) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  one.sync().mode() == SyncStatus.Mode.OK
                      && two.sync().mode() == SyncStatus.Mode.OK);

      one.breaker("openai").tryAcquire().orElseThrow().failure();

      await().atMost(SOON).until(() -> two.breaker("openai").view().state() == State.OPEN);
      await().atMost(SOON).until(() -> measured(two) == 1);
      SyncMetrics there = one.syncMetrics();
      assertThat(there.commits()).containsEntry(SyncMetrics.Commit.COMMITTED, 1L);
      assertThat(measured(one)).isZero();
      SyncMetrics here = two.syncMetrics();
      assertThat(here.commits()).containsEntry(SyncMetrics.Commit.COMMITTED, 0L);
      assertThat(here.propagation().sum()).isLessThan(SOON);
      assertThat(here.eventsReceived()).isPositive();
      assertThat(here.reconnects()).isZero();
      assertThat(here.historyLag()).isPresent();
      assertThat(here.lastContact()).isPresent();

      // What a late joiner finds has not come to it.
      try (Fleet late = start()) {
        assertThat(late.breaker("openai").view().state()).isEqualTo(State.OPEN);
        assertThat(measured(late)).isZero();
      }
    }
  }

  @Test
  void whatIsNoEventIsCountedByItsReason() {
    try (Fleet fleet = start();
        RedisClient raw = RedisClient.create(redis.uri())) {
      await().atMost(SOON).until(() -> fleet.sync().subscribed());

      raw.publish("test_flexiai:events", "no json");

      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(fleet.syncMetrics().messagesDropped())
                      .containsEntry(SyncMetrics.Dropped.MALFORMED, 1L)
                      .containsEntry(SyncMetrics.Dropped.OTHER_DATABASE, 0L));
    }
  }
}
