package io.fleetbreaker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.RedisStore;
import io.fleetbreaker.redis.StoredState;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisStatePersistenceIT {
  private static final String KEY = TestRedis.PREFIX + ":state:openai";
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final long NOW = 1_750_000_000_000L;

  @RegisterExtension static final TestRedis redis = new TestRedis();

  private static StoredState open(long version, String op) {
    return StoredState.of(
        new Revision(
            new RevisionId(NOW, version, op),
            List.of(op),
            State.OPEN,
            NOW,
            60_000,
            NOW + 60_000,
            1,
            "3 failures in a row",
            "w1",
            3,
            0,
            NOW - 5));
  }

  @Test
  void whatWasWrittenIsReadBackWhole() {
    FleetStore store = redis.store();
    StoredState state = open(1, "op-1");

    assertThat(store.setState("openai", state, MINUTE)).isTrue();

    assertThat(store.getState("openai")).contains(state);
    assertThat(store.getState("anthropic")).isEmpty();
  }

  @Test
  void aStateWithoutARevisionIsReadBackWhole() {
    FleetStore store = redis.store();
    StoredState legacy = StoredState.legacy(State.HALF_OPEN, 4, 2, Instant.ofEpochMilli(NOW));

    assertThat(store.setState("openai", legacy, MINUTE)).isTrue();

    assertThat(store.getState("openai")).contains(legacy);
  }

  @Test
  void severalStatesAreReadAtOnceWithTheServersClock() {
    FleetStore store = redis.store();
    store.setState("openai", open(1, "op-1"), MINUTE);
    store.setState("anthropic", open(2, "op-2"), MINUTE);

    FleetStore.StoreSnapshot snapshot = store.read(List.of("openai", "anthropic", "absent"));

    assertThat(snapshot.states())
        .containsOnlyKeys("openai", "anthropic")
        .containsEntry("anthropic", open(2, "op-2"));
    assertThat(snapshot.serverMillis()).isPositive();
  }

  @Test
  void aStateIsKeptForItsTtlAndThenGone() {
    FleetStore store = redis.store();

    store.setState("anthropic", open(1, "op-1"), MINUTE);
    store.setState("openai", open(1, "op-1"), Duration.ofMillis(700));

    // Perhaps it has expired by now; without an expiry this were -1.
    assertThat(redis.raw().pttl(KEY)).isLessThanOrEqualTo(700L).isNotEqualTo(-1L);
    assertThat(store.getState("anthropic")).contains(open(1, "op-1"));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(store.getState("openai")).isEmpty());
  }

  @Test
  void writingAgainBeginsANewTtl() {
    FleetStore store = redis.store();
    store.setState("openai", open(1, "op-1"), Duration.ofSeconds(5));

    store.setState("openai", open(2, "op-2"), MINUTE);

    assertThat(redis.raw().pttl(KEY)).isBetween(30_000L, 60_000L);
  }

  @Test
  void aStateSurvivesTheClientThatWroteItAndIsReadByAnother() {
    try (FleetStore writer = RedisStore.open(redis.settings())) {
      assertThat(writer.setState("openai", open(1, "op-1"), MINUTE)).isTrue();
    }

    assertThat(redis.store().getState("openai")).contains(open(1, "op-1"));
  }

  @Test
  void anOlderStateIsNotWrittenOverANewerOne() {
    FleetStore one = redis.store();
    FleetStore other = redis.store();
    assertThat(one.setState("openai", open(2, "op-2"), MINUTE)).isTrue();

    assertThat(other.setState("openai", open(1, "op-1"), MINUTE)).isFalse();
    assertThat(other.setState("openai", open(2, "another"), MINUTE)).isFalse();

    assertThat(one.getState("openai")).contains(open(2, "op-2"));
  }

  @Test
  void onlyNamesThatAreLegalReachRedis() {
    assertThatThrownBy(() -> redis.store().getState("../openai"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void setAndGetTakeMilliseconds() {
    FleetStore store = redis.store();
    StoredState state = open(1, "op-1");

    Timings ping = Timings.of("a round trip to Redis", () -> redis.raw().ping());
    Timings set = Timings.of("set of a state", () -> store.setState("openai", state, MINUTE));
    Timings get = Timings.of("get of a state", () -> store.getState("openai"));

    // What a busy machine makes of a round trip is not the store's doing; each makes one or two.
    Duration limit = Duration.ofMillis(10).plus(ping.median().multipliedBy(2));
    assertThat(set.median()).isLessThan(limit);
    assertThat(get.median()).isLessThan(limit);
  }
}
