package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.redis.LegacyInbox.Offer;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LegacyInboxTest {
  private final LegacyInbox inbox = new LegacyInbox(2);

  private static LegacyEvent said(String worker, BreakerEvent.Type type) {
    BreakerEvent event = BreakerEvent.of("openai", type, worker, Instant.EPOCH);
    return LegacyEvent.of(event, event.toString().getBytes(UTF_8));
  }

  private static LegacyEvent opened(String worker) {
    return said(worker, BreakerEvent.Type.OPENED);
  }

  @Test
  void onlyTheFirstOfferAfterADrainWakesTheConsumer() {
    assertThat(inbox.offer(opened("a"))).isEqualTo(Offer.WAKE);
    assertThat(inbox.offer(opened("b"))).isEqualTo(Offer.KEPT);

    inbox.drain();

    assertThat(inbox.offer(opened("a"))).isEqualTo(Offer.WAKE);
  }

  @Test
  void whatAWorkerSaysLastTakesThePlaceOfWhatItSaidBefore() {
    inbox.offer(opened("a"));
    inbox.offer(opened("b"));
    inbox.offer(said("a", BreakerEvent.Type.CLOSED));

    assertThat(inbox.drain()).containsExactly(opened("b"), said("a", BreakerEvent.Type.CLOSED));
    assertThat(inbox.drain()).isEmpty();
  }

  @Test
  void aFullInboxTakesNothingMoreButWhatReplaces() {
    inbox.offer(opened("a"));
    inbox.offer(opened("b"));

    assertThat(inbox.offer(opened("c"))).isEqualTo(Offer.FULL);
    assertThat(inbox.offer(said("b", BreakerEvent.Type.HALF_OPEN))).isEqualTo(Offer.REPLACED);
  }

  @Test
  void aCapacityBelowOneIsRefused() {
    assertThatThrownBy(() -> new LegacyInbox(0)).hasMessage("capacity must be at least 1, was 0");
  }
}
