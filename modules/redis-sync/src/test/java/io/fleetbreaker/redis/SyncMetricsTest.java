package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.redis.SyncMetrics.Dropped;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SyncMetricsTest {
  private long now = -5_000;
  private final SyncHealth health = new SyncHealth(() -> now);

  private void pass(long seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void theLinkIsDegradedUntilTheStoreAnswersAndEventsArrive() {
    pass(1);
    health.subscribed();
    pass(1);
    assertThat(health.metrics().degraded()).isEqualTo(Duration.ofSeconds(2));

    health.answered(now);
    pass(10);
    assertThat(health.metrics().degraded()).isEqualTo(Duration.ofSeconds(2));

    health.unanswered("away");
    pass(3);
    health.unsubscribed("away");
    pass(4);
    health.answered(now);
    pass(5);
    assertThat(health.metrics().degraded()).isEqualTo(Duration.ofSeconds(14));
  }

  @Test
  void aSubscriptionMadeAgainIsAReconnect() {
    health.unsubscribed("not there yet");
    health.subscribed();
    assertThat(health.metrics().reconnects()).isZero();

    health.unsubscribed("cut");
    health.unsubscribed("refused");
    health.subscribed();

    assertThat(health.metrics().reconnects()).isOne();
  }

  @Test
  void theLagIsWhatHasPassedSinceTheHistoryWasRead() {
    assertThat(health.metrics().historyLag()).isEmpty();

    health.compared(now);
    pass(4);

    assertThat(health.metrics().historyLag()).isEqualTo(Optional.of(Duration.ofSeconds(4)));
  }

  @Test
  void droppedMessagesAreCountedByReasonAndInAll() {
    health.messageDropped(Dropped.MALFORMED);
    health.messageDropped(Dropped.LEGACY);
    health.messageDropped(Dropped.LEGACY);

    assertThat(health.metrics().messagesDropped())
        .isEqualTo(Map.of(Dropped.MALFORMED, 1L, Dropped.LEGACY, 2L, Dropped.OTHER_DATABASE, 0L));
    assertThat(health.messagesDropped()).isEqualTo(3);
  }
}
