package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.SyncMetrics;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What two workers count of their link, over a real Redis. */
class FleetMetricsTest {
  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();

  private static Fleet start() {
    return REDIS.start(
        REDIS.settings(ProviderSettings.builder("openai").failureThreshold(1).build()));
  }

  private static long measured(Fleet fleet) {
    return fleet.syncMetrics().propagation().counts().stream().mapToLong(n -> n).sum();
  }

  @Test
  void aTripIsACommitThereAndAPropagationHere() {
    Fleet one = start();
    Fleet two = start();
    await()
        .until(
            () ->
                one.sync().mode() == SyncStatus.Mode.OK && two.sync().mode() == SyncStatus.Mode.OK);

    long trippedNanos = System.nanoTime();
    one.breaker("openai").tryAcquire().orElseThrow().failure();

    await().until(() -> two.breaker("openai").view().state() == State.OPEN);
    await().until(() -> measured(two) == 1);
    // The one may be the last to hear that Redis has taken its commit, and the other of the event.
    await().until(() -> one.syncMetrics().commits().get(SyncMetrics.Commit.COMMITTED) > 0);
    await().until(() -> two.syncMetrics().eventsReceived() > 0);
    SyncMetrics there = one.syncMetrics();
    assertThat(there.commits()).containsEntry(SyncMetrics.Commit.COMMITTED, 1L);
    assertThat(measured(one)).isZero();
    SyncMetrics here = two.syncMetrics();
    assertThat(here.commits()).containsEntry(SyncMetrics.Commit.COMMITTED, 0L);
    assertThat(here.propagation().sum())
        .isLessThan(Duration.ofNanos(System.nanoTime() - trippedNanos).plusSeconds(1));
    assertThat(here.reconnects()).isZero();
    assertThat(here.historyLag()).isPresent();
    assertThat(here.lastContact()).isPresent();

    // What a late joiner finds has not come to it.
    Fleet late = start();
    assertThat(late.breaker("openai").view().state()).isEqualTo(State.OPEN);
    assertThat(measured(late)).isZero();
  }

  @Test
  void whatIsNoEventIsCountedByItsReason() {
    Fleet fleet = start();
    await().until(() -> fleet.sync().subscribed());

    REDIS.raw().publish("test_flexiai:events", "no json");

    await()
        .untilAsserted(
            () ->
                assertThat(fleet.syncMetrics().messagesDropped())
                    .containsEntry(SyncMetrics.Dropped.MALFORMED, 1L)
                    .containsEntry(SyncMetrics.Dropped.OTHER_DATABASE, 0L));
  }
}
