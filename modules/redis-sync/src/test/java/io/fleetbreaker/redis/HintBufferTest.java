package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.opened;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

final class HintBufferTest {
  private static final Instant NOW = Instant.EPOCH;
  private final HintBuffer buffer = new HintBuffer(3);

  @Test
  void onlyTheFirstOfferAfterADrainWakesTheConsumer() {
    assertThat(buffer.offer(opened("a", 1, "x"))).isTrue();
    assertThat(buffer.offer(opened("b", 1, "x"))).isFalse();

    buffer.drain();

    assertThat(buffer.offer(opened("a", 2, "y"))).isTrue();
  }

  @Test
  void theNewestRevisionOfAProviderIsKeptWhateverTheOrder() {
    buffer.offer(opened("a", 2, "y"));
    buffer.offer(opened("a", 3, "z"));
    buffer.offer(opened("a", 1, "x"));
    buffer.offer(opened("b", 1, "x"));

    assertThat(buffer.drain().events()).containsExactly(opened("a", 3, "z"), opened("b", 1, "x"));
  }

  @Test
  void ofTwoRevisionsWithOnePlaceTheLastIsKept() {
    buffer.offer(opened("a", 2, "x"));
    buffer.offer(opened("a", 2, "y"));

    assertThat(buffer.drain().events()).containsExactly(opened("a", 2, "y"));
  }

  @Test
  void aLegacyEventNeverHidesARevision() {
    BreakerEvent legacy = BreakerEvent.of("a", BreakerEvent.Type.CLOSED, "w", NOW);

    buffer.offer(legacy);
    buffer.offer(opened("a", 1, "x"));
    buffer.offer(legacy);

    assertThat(buffer.drain().events()).containsExactly(opened("a", 1, "x"));
  }

  @Test
  void aLegacyCountNeverHidesALegacyChangeOfState() {
    BreakerEvent change = BreakerEvent.of("a", BreakerEvent.Type.OPENED, "w", NOW);

    buffer.offer(change);
    buffer.offer(BreakerEvent.of("a", BreakerEvent.Type.FAILURE, "w", NOW));

    assertThat(buffer.drain().events()).containsExactly(change);
  }

  @Test
  void aFullBufferDropsNewProvidersSaysSoOnceAndStillMerges() {
    for (String provider : new String[] {"a", "b", "c", "d"}) {
      buffer.offer(opened(provider, 1, "x"));
    }
    buffer.offer(opened("a", 2, "y"));

    HintBuffer.Drained drained = buffer.drain();

    assertThat(drained.overflowed()).isTrue();
    assertThat(drained.events())
        .containsExactly(opened("a", 2, "y"), opened("b", 1, "x"), opened("c", 1, "x"));
    assertThat(buffer.drain().overflowed()).isFalse();
    assertThat(buffer.drain().events()).isEmpty();
  }

  @Test
  void aCapacityBelowOneIsRefused() {
    assertThatThrownBy(() -> new HintBuffer(0)).hasMessage("capacity must be at least 1, was 0");
  }

  @Test
  void aConsumerThatDrainsWhenWokenMissesNothing() throws InterruptedException {
    HintBuffer shared = new HintBuffer(100);
    Semaphore wake = new Semaphore(0);
    int last = 20_000;
    Thread producer =
        new Thread(
            () -> {
              for (int version = 1; version <= last; version++) {
                if (shared.offer(opened("p" + version % 7, version, "op"))) {
                  wake.release();
                }
              }
            });
    producer.start();

    Map<String, Long> seen = new HashMap<>();
    while (!seen.containsValue((long) last)) {
      wake.acquire();
      for (BreakerEvent event : shared.drain().events()) {
        long version = event.revision().orElseThrow().id().version();
        assertThat(version).isGreaterThan(seen.getOrDefault(event.provider(), 0L));
        seen.put(event.provider(), version);
      }
    }
    producer.join();

    for (BreakerEvent event : shared.drain().events()) {
      seen.put(event.provider(), event.revision().orElseThrow().id().version());
    }
    assertThat(seen.values()).allMatch(version -> version > last - 7);
  }
}
