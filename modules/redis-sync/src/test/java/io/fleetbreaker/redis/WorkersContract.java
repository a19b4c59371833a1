package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Beats.instance;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.redis.FleetStore.WorkerSeen;
import io.fleetbreaker.redis.FleetStore.WorkersSeen;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every {@link FleetStore} must do for those who want to know who is there. */
abstract class WorkersContract extends HistoryContract {
  private static final String NAME = "NAME";
  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void nobodyIsThereBeforeSomebodyHasSaidSo() {
    WorkersSeen seen = store().workers(10);

    assertThat(seen.workers()).isEmpty();
    assertThat(seen.complete()).isTrue();
    assertThat(seen.skipped()).isZero();
    assertThat(seen.serverMillis()).isPositive();
  }

  @Test
  void whatAWorkerTellsIsReadAsItWasTold() {
    WorkerBeat first = Beats.of(instance(1), Beats.full("openai"), Beats.plain("anthropic"));
    WorkerBeat second = Beats.of(instance(2));
    store().beat(first, LONG);
    pass(Duration.ofMillis(5));
    store().beat(second, LONG);

    WorkersSeen seen = store().workers(10);

    assertThat(seen.workers())
        .extracting(WorkerSeen::beat)
        .containsExactlyInAnyOrder(Optional.of(first), Optional.of(second));
    assertThat(seen.workers())
        .allSatisfy(
            worker -> assertThat(seen.serverMillis() - worker.seenMillis()).isBetween(0L, 60_000L));
  }

  @Test
  void aLaterHeartbeatTakesThePlaceOfTheOneBefore() {
    store().beat(Beats.of(instance(1), Beats.plain("openai")), LONG);
    WorkerBeat later = Beats.of(instance(1), Beats.full("openai"));
    store().beat(later, LONG);

    assertThat(store().workers(10).workers())
        .singleElement()
        .satisfies(worker -> assertThat(worker.beat()).contains(later));
  }

  @Test
  void aWorkerWhoseHeartbeatHasExpiredIsStillRemembered() {
    store().beat(Beats.of(instance(1)), Duration.ofMillis(1));
    pass(Duration.ofMillis(1));

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(store().workers(10).workers())
                    .singleElement()
                    .satisfies(
                        worker -> {
                          assertThat(worker.instance()).isEqualTo(instance(1));
                          assertThat(worker.beat()).isEmpty();
                        }));
  }

  @Test
  void theHeartbeatThatWasReadBeforeIsMissedWhenItHasExpired() {
    WorkerBeat beat = Beats.of(instance(1), Beats.full("openai"));
    store().beat(beat, Duration.ofMillis(500));
    pass(Duration.ofMillis(5));
    store().workers(10);
    assertThat(store().workers(10).workers()).hasSize(1);

    pass(Duration.ofMillis(500));

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(store().workers(10).workers())
                    .singleElement()
                    .satisfies(worker -> assertThat(worker.beat()).isEmpty()));
    store().beat(beat, LONG);
    assertThat(store().workers(10).workers())
        .singleElement()
        .satisfies(worker -> assertThat(worker.beat()).contains(beat));
  }

  @Test
  void aWorkerThatLeavesIsForgottenAtOnceAndMayComeBack() {
    store().beat(Beats.of(instance(1)), LONG);
    store().beat(Beats.of(instance(2)), LONG);

    store().leave(instance(1));
    store().leave(instance(3));

    assertThat(store().workers(10).workers())
        .extracting(WorkerSeen::instance)
        .containsExactly(instance(2));

    store().beat(Beats.of(instance(1)), LONG);

    assertThat(store().workers(10).workers()).hasSize(2);
  }

  @Test
  void noMoreAreReadThanAreAskedFor() {
    for (int i = 0; i < 250; i++) {
      store().beat(Beats.of(instance(i)), LONG);
    }

    assertThat(store().workers(249).workers()).hasSize(249);
    assertThat(store().workers(249).complete()).isFalse();
    assertThat(store().workers(250).workers()).hasSize(250);
    assertThat(store().workers(250).complete()).isTrue();
  }

  @Test
  void heartbeatsThatNoWorkerCanHaveWrittenAreSkippedAndCounted() {
    List<String> hostile =
        List.of(
            "nonsense",
            "{}",
            "[".repeat(5_000),
            "{\"schema\":1}",
            told("\"worker_id\":\"" + instance(99) + "\""),
            told("\"schema\":\"1\""),
            told("\"started_at_ms\":-1"),
            told("\"started_at_ms\":1e400"),
            told("\"providers\":[]"),
            told("\"providers\":{\"../etc\":{\"state\":\"open\"}}"),
            told("\"providers\":{\"openai\":{\"state\":\"odd\"}}"),
            told("\"providers\":{\"openai\":{\"state\":\"open\",\"counts\":[1]}}"),
            told("\"providers\":{\"openai\":{\"state\":\"open\",\"failure_rate\":101}}"),
            told("\"providers\":{\"openai\":{\"state\":\"open\",\"revision\":\"1.-2.x\"}}"),
            told("\"providers\":{\"openai\":{\"state\":\"open\",\"shared\":\"no\"}}"),
            told("\"address\":\"" + "a".repeat(300) + "\""),
            told("\"address\":\"" + "a".repeat(100_000) + "\""));
    for (int i = 0; i < hostile.size(); i++) {
      String raw = hostile.get(i).replace(NAME, instance(i));
      putRawBeat(instance(i), raw.getBytes(UTF_8));
    }
    putRawBeat(instance(98), new byte[] {(byte) 0xff, (byte) 0xfe});
    store().beat(Beats.of(instance(100)), LONG);

    WorkersSeen seen = store().workers(1_000);

    assertThat(seen.workers()).extracting(WorkerSeen::instance).containsExactly(instance(100));
    assertThat(seen.skipped()).isEqualTo(hostile.size() + 1);
  }

  /** Right but for the last field, and for the name that takes the place of {@link #NAME}. */
  private static String told(String last) {
    return "{\"schema\":1,\"worker_id\":\""
        + NAME
        + "\",\"started_at_ms\":1,\"sync\":\"ok\",\"providers\":{},"
        + last
        + "}";
  }

  @Test
  void aHeartbeatOfALaterVersionIsReadAsFarAsItIsKnown() {
    String raw =
        "{\"schema\":2,\"worker_id\":\""
            + instance(1)
            + "\",\"started_at_ms\":1,\"sync\":\"ok\",\"more\":[1],\"providers\":{\"openai\":"
            + "{\"state\":\"open\",\"override\":\"slowed_down\",\"more\":{}}}}";
    putRawBeat(instance(1), raw.getBytes(UTF_8));

    WorkerBeat beat = store().workers(10).workers().get(0).beat().orElseThrow();

    assertThat(beat.providers()).singleElement().extracting("override").isEqualTo(Optional.empty());
    assertThat(beat.lagMillis()).isEmpty();
    assertThat(beat.version()).isEmpty();
  }

  @Test
  void illegalInstancesAndBoundsAreRefused() {
    for (String illegal :
        List.of("", "host", "a b:1:2:c", "h:1:2:c\n", "h:1:2:" + "c".repeat(99))) {
      assertThatThrownBy(() -> store().beat(Beats.of(illegal), LONG))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("an instance must be host:pid:startMillis:nonce, was '");
      assertThatThrownBy(() -> store().leave(illegal)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> store().beat(Beats.of(instance(1)), Duration.ZERO))
        .hasMessage("a heartbeat must last at least 1 ms, was PT0S");
    assertThatThrownBy(() -> store().workers(0))
        .hasMessage("workers to read must be 1 to 10000, was 0");
    assertThat(store().workers(10).workers()).isEmpty();
  }
}
