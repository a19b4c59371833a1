package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.fleetbreaker.BreakerView;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.redis.BreakerEvent;
import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FlexiAi;
import io.fleetbreaker.redis.StoredState;
import io.fleetbreaker.sync.Revision;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.params.SetParams;

/** Workers of FlexiAI 0.5 in a fleet of ours: they are what they put on the wire. */
class FlexiAiFleetTest {
  private static final String CHANNEL = "test_flexiai:events";
  private static final String KEY = "test_flexiai:state:openai";
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);

  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();

  private static FleetSettings settings() {
    return REDIS.settings(
        ProviderSettings.builder("openai").failureThreshold(3).openDuration(OPEN_FOR).build(),
        ProviderSettings.defaults("anthropic"));
  }

  private Fleet start(boolean interop) {
    return REDIS.start(settings().withFlexiAiInterop(interop));
  }

  private void startThree() {
    for (int i = 0; i < 3; i++) {
      start(true);
    }
  }

  private static String said(String type, String worker) {
    return FlexiAi.event(type, worker, Instant.now());
  }

  private void publish(String message) {
    assertThat(REDIS.raw().publish(CHANNEL, message)).isEqualTo(REDIS.fleets().size());
  }

  /** As FlexiAI's backend does it. */
  private void writeState(String state) {
    REDIS.raw().set(KEY, state, SetParams.setParams().ex(3600));
  }

  private static BreakerView openai(Fleet fleet) {
    return fleet.breaker("openai").view();
  }

  private void allShare(State state, long version) {
    await()
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(
            () -> {
              for (Fleet fleet : REDIS.fleets()) {
                assertThat(openai(fleet).state()).isEqualTo(state);
                assertThat(openai(fleet).shared()).isTrue();
                assertThat(openai(fleet).revision().version()).isEqualTo(version);
              }
            });
  }

  /** Until every worker has counted so many of the messages as of no effect. */
  private void allHaveDropped(long messages) {
    await()
        .untilAsserted(
            () -> {
              for (Fleet fleet : REDIS.fleets()) {
                assertThat(fleet.sync().messagesDropped()).isEqualTo(messages);
              }
            });
  }

  private Revision stored() {
    return REDIS
        .first()
        .store()
        .getState("openai")
        .flatMap(StoredState::revision)
        .orElseThrow(() -> new AssertionError("nothing is stored"));
  }

  @Test
  void whatAFlexiAiWorkerOpensIsOpenOnEveryWorkerByOneRevision() {
    startThree();

    publish(said("opened", "py:1:1"));

    allShare(State.OPEN, 1);
    for (Fleet fleet : REDIS.fleets()) {
      assertThat(fleet.breaker("openai").tryAcquire()).isEmpty();
      assertThat(openai(fleet).reason()).contains("py:1:1");
      assertThat(openai(fleet).remaining()).isBetween(OPEN_FOR.dividedBy(2), OPEN_FOR);
      assertThat(fleet.breaker("anthropic").tryAcquire()).isPresent();
    }
    assertThat(stored().worker()).isEqualTo("py:1:1");
    assertThat(stored().failureCount()).isEqualTo(5);
    Fleet late = start(true);
    assertThat(late.breaker("openai").tryAcquire()).isEmpty();
  }

  @Test
  void whoOpenedItMayCloseItAndNobodyElse() {
    startThree();
    publish(said("opened", "py:1:1"));
    allShare(State.OPEN, 1);

    publish(said("closed", "py:2:2"));
    publish(said("half_open", "py:2:2"));
    publish(said("closed", REDIS.first().workerId()));
    allHaveDropped(3);
    assertThat(stored().state()).isEqualTo(State.OPEN);

    publish(said("closed", "py:1:1"));
    allShare(State.CLOSED, 2);
    assertThat(REDIS.fleets().get(2).breaker("openai").tryAcquire()).isPresent();
  }

  @Test
  void aFlexiAiWorkerDoesNotCloseWhatAWorkerOfOursHasOpened() {
    startThree();
    for (int i = 0; i < 3; i++) {
      REDIS.first().breaker("openai").tryAcquire().orElseThrow().failure();
    }
    allShare(State.OPEN, 1);

    publish(said("closed", "py:1:1"));
    publish(said("closed", REDIS.first().workerId()));

    allHaveDropped(2);
    assertThat(stored().id().version()).isEqualTo(1);
    assertThat(stored().state()).isEqualTo(State.OPEN);
  }

  private void allAreForcedOpen(long version) {
    allShare(State.OPEN, version);
    for (Fleet fleet : REDIS.fleets()) {
      assertThat(openai(fleet).override().orElseThrow().mode()).isEqualTo(OverrideMode.FORCED_OPEN);
      assertThat(fleet.breaker("openai").tryAcquire()).isEmpty();
    }
  }

  @Test
  void r13AFlexiAiWorkerCannotLiftAnOverride() {
    startThree();
    OperatorCommand command =
        new OperatorCommand(
            "openai",
            OperatorAction.FORCE_OPEN,
            "alice",
            "maintenance",
            Optional.empty(),
            Optional.empty(),
            false);
    assertThat(REDIS.first().execute(command).toCompletableFuture().join())
        .isInstanceOf(OperatorOutcome.Committed.class);
    allAreForcedOpen(1);

    publish(said("closed", "py:1:1"));
    allHaveDropped(1);
    allAreForcedOpen(1);

    publish(said("opened", "py:1:1"));
    allAreForcedOpen(2);
    publish(said("closed", "py:1:1"));
    allAreForcedOpen(3);
    assertThat(stored().state()).isEqualTo(State.CLOSED);
    assertThat(stored().override()).isNotNull();
  }

  @Test
  void itsWholeRoundIsFollowed() {
    startThree();

    for (int round = 0; round < 5; round++) {
      publish(said("opened", "py:1:1"));
      allShare(State.OPEN, 3 * round + 1);
      publish(said("half_open", "py:1:1"));
      allShare(State.HALF_OPEN, 3 * round + 2);
      publish(said("closed", "py:1:1"));
      allShare(State.CLOSED, 3 * round + 3);
    }
  }

  @Test
  void aMessageThatComesAgainChangesNothing() {
    startThree();
    String opened = said("opened", "py:1:1");
    publish(opened);
    allShare(State.OPEN, 1);
    publish(said("closed", "py:1:1"));
    allShare(State.CLOSED, 2);

    publish(opened);
    publish(said("opened", "py:9:9"));

    allShare(State.OPEN, 3);
    assertThat(stored().worker()).isEqualTo("py:9:9");
  }

  @Test
  void hostileMessagesChangeNothing() {
    startThree();
    List<String> hostile = new ArrayList<>();
    String fresh = said("opened", "py:1:1");
    hostile.add(FlexiAi.event("opened", "py:1:1", Instant.parse("2001-01-01T00:00:00Z")));
    hostile.add(FlexiAi.event("opened", "py:1:1", Instant.parse("9999-01-01T00:00:00Z")));
    hostile.add(said("failure", "py:1:1"));
    hostile.add(said("success", "py:1:1"));
    hostile.add(said("exploded", "py:1:1"));
    hostile.add(fresh.replace("\"failure_count\": 5", "\"failure_count\": -5"));
    hostile.add(fresh.replace("\"failure_count\": 5", "\"failure_count\": 5.5"));
    hostile.add(fresh.replace("\"failure_count\": 5", "\"failure_count\": 99999999999"));
    hostile.add(fresh.replace("\"openai\"", "\"mistral\""));
    hostile.add(fresh.replace("CircuitBreakerEvent", "StateUpdateEvent"));
    hostile.add(fresh.replace("\"__event", "\"epoch\": 9, \"op\": \"x\", \"__event"));
    hostile.add("[".repeat(100_000));
    hostile.add("");

    hostile.forEach(this::publish);

    allHaveDropped(hostile.size());
    for (Fleet fleet : REDIS.fleets()) {
      assertThat(openai(fleet).state()).isEqualTo(State.CLOSED);
      assertThat(fleet.breaker("openai").tryAcquire()).isPresent();
    }
    assertThat(REDIS.raw().exists(KEY)).isFalse();
    publish(fresh);
    allShare(State.OPEN, 1);
  }

  @Test
  void withoutInteropItIsOnlyCounted() {
    start(false);

    publish(said("opened", "py:1:1"));
    publish(said("closed", "py:1:1"));

    allHaveDropped(2);
    assertThat(openai(REDIS.first()).state()).isEqualTo(State.CLOSED);
    assertThat(REDIS.first().sync().eventsReceived()).isZero();
    assertThat(REDIS.raw().exists(KEY)).isFalse();
  }

  @Test
  void whatWePublishCarriesTheWorkerThatOpenedItSoThatThisOneIsNotToldItsOwnNews() {
    Fleet fleet = start(true);
    List<BreakerEvent> heard = new CopyOnWriteArrayList<>();
    fleet.store().subscribe(FleetStore.EventListener.of(heard::add));
    await().until(() -> REDIS.raw().publish(CHANNEL, "{}") == 2);

    REDIS.raw().publish(CHANNEL, said("opened", "py:1:1"));

    await().until(() -> heard.stream().anyMatch(e -> e.revision().isPresent()));
    assertThat(heard).allMatch(e -> e.worker().equals("py:1:1"));
  }

  @Test
  void r9AWorkerThatFindsAnOpenStateOfFlexiAiStartsOpenForTheRestOfItAndCommitsNothing() {
    writeState(FlexiAi.state("open", Instant.now().minusSeconds(20)));

    Fleet fleet = start(true);

    assertThat(fleet.breaker("openai").tryAcquire()).isEmpty();
    assertThat(openai(fleet).shared()).isFalse();
    assertThat(openai(fleet).remaining()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(41));
    assertThat(fleet.breaker("anthropic").tryAcquire()).isPresent();
    assertThat(fleet.store().getState("openai").flatMap(StoredState::revision)).isEmpty();
    assertThat(start(false).breaker("openai").tryAcquire()).isPresent();
  }

  @Test
  void whatAFlexiAiStateHasOpenedEndsWithItsTime() {
    writeState(FlexiAi.state("open", Instant.now().minus(OPEN_FOR).plusMillis(1_500)));

    Fleet fleet = start(true);

    await().untilAsserted(() -> assertThat(fleet.breaker("openai").tryAcquire()).isPresent());
    assertThat(REDIS.raw().get(KEY)).doesNotContain("version");
  }

  @ParameterizedTest
  @CsvSource({"on, true", "off, false", "true, true", "false, false"})
  void theSettingIsOnOrOff(String value, boolean on) {
    assertThat(read(value).flexiAiInterop()).isEqualTo(on);
  }

  @Test
  void theSettingIsOffUnlessItIsSet() {
    assertThat(read("${?nothing}").flexiAiInterop()).isFalse();
    assertThat(settings().flexiAiInterop()).isFalse();
    assertThatThrownBy(() -> read("perhaps"))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("fleetbreaker.interop.flexiai must be on or off, was perhaps (");
  }

  private static FleetSettings read(String value) {
    return FleetSettings.from(
        ConfigFactory.parseString(
                "fleetbreaker { providers { openai {} }, interop.flexiai = " + value + " }")
            .withFallback(ConfigFactory.defaultReference())
            .resolve());
  }
}
