package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.SyncCore.Step;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LegacyValuesTest {
  private static final long SERVER = 1_795_313_749_363L;
  private static final Instant NOW = Instant.ofEpochMilli(SERVER);
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);

  private final LegacyValues values = new LegacyValues(Map.of("openai", OPEN_FOR));

  private static Optional<StoredState> written(String state, Instant changedAt) {
    try {
      return Optional.of(WireCodec.decodeState(FlexiAi.state(state, changedAt).getBytes(UTF_8)));
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  private Step read(Optional<StoredState> found) {
    return values.onRead("openai", ProviderSync.UNKNOWN, found, SERVER);
  }

  private static List<SyncPort.Answer> told(Step step) {
    return step.effects().stream().map(e -> ((SyncEffect.Tell) e).answer()).toList();
  }

  @Test
  void anOpenValueStopsTrafficForWhatIsLeftOfTheOpenTime() {
    Step step = read(written("open", NOW.minusSeconds(20)));

    assertThat(told(step)).hasSize(1);
    SyncPort.Hint hint = (SyncPort.Hint) told(step).get(0);
    assertThat(hint.remaining()).isEqualTo(Duration.ofSeconds(40));
    assertThat(hint.revision().state()).isEqualTo(State.OPEN);
    assertThat(step.next()).isEqualTo(ProviderSync.UNKNOWN);
    assertThat(values.hasTold("openai")).isTrue();
  }

  @Test
  void aClockThatIsALittleAheadMakesItNoLongerThanTheOpenTime() {
    Step step = read(written("open", NOW.plusSeconds(3)));

    assertThat(((SyncPort.Hint) told(step).get(0)).remaining()).isEqualTo(OPEN_FOR);
  }

  @ParameterizedTest
  @ValueSource(longs = {-60, -1_000_000_000, 60, 1_000_000_000})
  void aValueThatIsNotOfNowSaysNothing(long secondsFromNow) {
    assertThat(read(written("open", NOW.plusSeconds(secondsFromNow))).effects()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"closed", "half_open"})
  void onlyOpenSaysSomething(String state) {
    assertThat(read(written(state, NOW)).effects()).isEmpty();
  }

  @Test
  void itIsToldOnceUntilTheBreakerRegistersAgain() {
    read(written("open", NOW));

    assertThat(read(written("open", NOW)).effects()).isEmpty();
    values.onRegister("openai");
    assertThat(told(read(written("open", NOW)))).hasSize(1);
  }

  @Test
  void trafficGoesOnWhenTheValueIsGone() {
    read(written("open", NOW));

    assertThat(told(read(Optional.empty()))).containsExactly(new SyncPort.HintWithdrawn());
    assertThat(read(Optional.empty()).effects()).isEmpty();
    assertThat(values.hasTold("openai")).isFalse();
  }

  @Test
  void trafficGoesOnWhenTheValueIsClosed() {
    read(written("open", NOW));

    assertThat(told(read(written("closed", NOW)))).containsExactly(new SyncPort.HintWithdrawn());
  }

  @Test
  void itIsOlderThanAnyRevision() {
    SyncCore core = new SyncCore("openai", new Commits("me", (provider, sequence) -> "op"));
    Optional<StoredState> closed = Optional.of(StoredState.of(Revisions.closed(1, 1, "x")));
    ProviderSync holding = core.onSnapshot(ProviderSync.UNKNOWN, closed, SERVER, 0).next();

    assertThat(values.onRead("openai", holding, written("open", NOW), SERVER).effects()).isEmpty();
    Optional<StoredState> ours = Optional.of(StoredState.of(Revisions.open(1, 1, "x")));
    assertThat(read(ours).effects()).isEmpty();
  }

  @Test
  void whoIsNotAskedToListenDoesNot() {
    LegacyValues off = new LegacyValues(Map.of());

    Step step = off.onRead("openai", ProviderSync.UNKNOWN, written("open", NOW), SERVER);

    assertThat(step.effects()).isEmpty();
  }
}
