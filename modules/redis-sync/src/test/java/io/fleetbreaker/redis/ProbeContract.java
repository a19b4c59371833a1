package io.fleetbreaker.redis;

import static io.fleetbreaker.redis.Revisions.EPOCH;
import static io.fleetbreaker.redis.Revisions.closed;
import static io.fleetbreaker.redis.Revisions.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.ProbeAnswer;
import io.fleetbreaker.redis.FleetStore.ProbeAsk;
import io.fleetbreaker.redis.FleetStore.Renewal;
import io.fleetbreaker.redis.FleetStore.Settlement;
import io.fleetbreaker.redis.FleetStore.Subscription;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link FleetStore} must do for the fleet's probes (R6). */
abstract class ProbeContract extends WorkersContract {
  static final Revision OPEN = open(EPOCH, 1, "trip");
  static final Revision ROUND = halfOpen(2, "round");
  private static final Duration SHORT = Duration.ofMillis(100);

  @Test
  void theFirstAskBeginsTheRoundAndTellsTheFleet() throws InterruptedException {
    RecordingListener listener = new RecordingListener();
    committed("openai", RevisionId.NONE, OPEN);
    var position = store().snapshot(List.of()).position();

    try (Subscription subscription = store().subscribe(listener)) {
      assertThat(subscription.awaitSubscribed(SOON)).isTrue();
      ProbeAnswer answer = store().askProbe(ask(ROUND, "l1", 1, 1));

      assertThat(answer)
          .isInstanceOfSatisfying(
              ProbeAnswer.Granted.class, granted -> assertThat(granted.round()).isEqualTo(ROUND));
      await().atMost(SOON).until(() -> listener.events.size() == 1);
    }

    assertThat(listener.events.get(0).type()).isEqualTo(BreakerEvent.Type.HALF_OPEN);
    assertThat(listener.events.get(0).revision().orElseThrow().id()).isEqualTo(ROUND.id());
    assertThat(store().getState("openai")).contains(StoredState.of(ROUND));
    assertThat(store().changesSince(position).providers()).containsExactly("openai");
    assertThat(store().snapshot(List.of()).notClosed()).containsExactly("openai");
  }

  @Test
  void whoAsksLaterJoinsTheRoundThatIsOn() {
    beginRound("l1", 3, 1);
    Revision rival = halfOpen(2, "rival");

    ProbeAnswer fromOpen = store().askProbe(ask(rival, "l2", 3, 1));
    ProbeAnswer fromHalfOpen =
        store()
            .askProbe(
                new ProbeAsk("openai", ROUND.id(), halfOpen(3, "next"), "l3", 3, 1, LONG_EXPIRY));

    assertThat(List.of(fromOpen, fromHalfOpen))
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .isInstanceOfSatisfying(
                        ProbeAnswer.Granted.class,
                        granted -> assertThat(granted.round()).isEqualTo(ROUND)));
    assertThat(store().getState("openai")).contains(StoredState.of(ROUND));
  }

  @Test
  void anAskThatMeetsNeitherItsBaseNorARoundIsAConflict() {
    assertConflict(ask(ROUND, "l1", 1, 1), null);

    Revision other = open(EPOCH, 1, "other");
    committed("openai", RevisionId.NONE, other);
    assertConflict(ask(ROUND, "l1", 1, 1), StoredState.of(other));

    Revision closed = closed(EPOCH, 2, "close");
    committed("openai", other.id(), closed);
    assertConflict(ask(ROUND, "l1", 1, 1), StoredState.of(closed));
    assertConflict(
        new ProbeAsk("openai", closed.id(), halfOpen(3, "x"), "l1", 1, 1, LONG_EXPIRY),
        StoredState.of(closed));
  }

  @Test
  void aLegacyHalfOpenIsNoRound() {
    StoredState legacy = Revisions.legacy(State.HALF_OPEN);
    store().setState("openai", legacy, TTL);

    assertConflict(ask(ROUND, "l1", 1, 1), legacy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"schema\":2",
        "\"override\":\"forced_open\"",
        "\"schema\":1,\"override\":\"metrics_only\""
      })
  void aStateOfANewerSchemaOrUnderAnOverrideIsNotProbed(String field) {
    for (State state : List.of(State.OPEN, State.HALF_OPEN)) {
      byte[] raw =
          new String(WireCodec.encodeState(StoredState.of(OPEN)), UTF_8)
              .replace("\"schema\":1", field)
              .replace("\"state\":\"open\"", "\"state\":\"" + state.wireName() + "\"")
              .getBytes(UTF_8);
      putRaw("openai", raw);

      assertThat(store().askProbe(ask(ROUND, "l1", 1, 1))).isInstanceOf(ProbeAnswer.Conflict.class);
      assertThat(store().getState("openai").orElseThrow().state()).isEqualTo(state);
    }
  }

  @Test
  void noMoreThanTheMostLeasesAreOut() {
    beginRound("l1", 3, 1);
    assertGranted("l2", 3, 1);
    assertGranted("l3", 3, 1);

    ProbeAnswer refused = store().askProbe(ask(ROUND, "l4", 3, 1));

    assertThat(refused)
        .isInstanceOfSatisfying(
            ProbeAnswer.Busy.class,
            busy -> {
              assertThat(busy.round()).isEqualTo(ROUND);
              assertThat(busy.again()).isBetween(Duration.ofMillis(20), Duration.ofMillis(200));
            });
  }

  @Test
  void anAskRepeatedWithItsTokenTakesNoSecondPlace() {
    beginRound("l1", 2, 1);

    assertGranted("l1", 2, 1);
    assertGranted("l2", 2, 1);
    assertGranted("l2", 2, 1);

    assertThat(store().askProbe(ask(ROUND, "l3", 2, 1))).isInstanceOf(ProbeAnswer.Busy.class);
  }

  @Test
  void aLeaseGivenBackFreesItsPlaceOnce() {
    beginRound("l1", 1, 1);

    assertThat(settle("l1", false, 1)).isInstanceOf(Settlement.Settled.class);
    assertThat(settle("l1", false, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(settle("l1", true, 1)).isInstanceOf(Settlement.Late.class);

    assertGranted("l2", 1, 1);
  }

  @Test
  void aLeaseThatIsNotRenewedExpiresAndItsResultComesTooLate() {
    beginRound(new ProbeAsk("openai", OPEN.id(), ROUND, "l1", 1, 1, SHORT));
    pass(SHORT);

    await()
        .atMost(SOON)
        .until(() -> store().askProbe(ask(ROUND, "l2", 1, 1)) instanceof ProbeAnswer.Granted);

    assertThat(settle("l1", true, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(renew(LONG_EXPIRY, "l1", "l2"))
        .isInstanceOfSatisfying(
            Renewal.Renewed.class, renewed -> assertThat(renewed.alive()).containsExactly("l2"));
    assertThat(settle("l2", true, 1)).isInstanceOf(Settlement.CloseDue.class);
  }

  @Test
  void aRenewalSaysWhichLeasesLiveAndFromWhenTheyEnd() {
    beginRound("l1", 2, 1);
    assertGranted("l2", 2, 1);

    assertThat(renew(SHORT, "l1", "unknown")).isEqualTo(new Renewal.Renewed(Set.of("l1"), false));
    pass(SHORT);

    await()
        .atMost(SOON)
        .until(() -> store().askProbe(ask(ROUND, "l3", 2, 1)) instanceof ProbeAnswer.Granted);
    assertThat(settle("l1", false, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(settle("l2", false, 1)).isInstanceOf(Settlement.Settled.class);
  }

  @Test
  void aRenewalSaysOnceThatSomebodyHasAskedInVain() {
    beginRound("l1", 1, 1);
    assertThat(renew(LONG_EXPIRY, "l1")).isEqualTo(new Renewal.Renewed(Set.of("l1"), false));

    store().askProbe(ask(ROUND, "l2", 1, 1));

    assertThat(renew(LONG_EXPIRY, "l1")).isEqualTo(new Renewal.Renewed(Set.of("l1"), true));
    assertThat(renew(LONG_EXPIRY, "l1")).isEqualTo(new Renewal.Renewed(Set.of("l1"), false));
    assertThat(renew(LONG_EXPIRY)).isEqualTo(new Renewal.Renewed(Set.of(), false));
  }

  @Test
  void enoughSuccessesMakeACloseDueAndOneAtATimeIsTold() {
    beginRound("l1", 3, 2);
    assertGranted("l2", 3, 2);

    assertThat(settle("l1", true, 2)).isInstanceOf(Settlement.Settled.class);
    assertThat(settle("l2", true, 2)).isInstanceOf(Settlement.CloseDue.class);
    pass(Duration.ofMillis(ProbeChecks.CLOSE_AGAIN_MILLIS));

    long told =
        serverMillisOf(
            await()
                .atMost(SOON)
                .until(
                    () -> store().askProbe(ask(ROUND, "l3", 3, 2)),
                    ProbeAnswer.CloseDue.class::isInstance));
    for (int i = 0; i < 20; i++) {
      ProbeAnswer answer = store().askProbe(ask(ROUND, "l3", 3, 2));
      long now = serverMillisOf(answer);
      boolean longAgo = now - told >= ProbeChecks.CLOSE_AGAIN_MILLIS;
      assertThat(answer)
          .as("%d ms after the last was told", now - told)
          .isInstanceOf(longAgo ? ProbeAnswer.CloseDue.class : ProbeAnswer.Busy.class);
      told = longAgo ? now : told;
      pass(Duration.ofMillis(30));
    }
  }

  private static long serverMillisOf(ProbeAnswer answer) {
    return answer instanceof ProbeAnswer.CloseDue due
        ? due.serverMillis()
        : ((ProbeAnswer.Busy) answer).serverMillis();
  }

  @Test
  void aFailureCountsNothing() {
    beginRound("l1", 1, 1);
    settle("l1", false, 1);

    assertGranted("l2", 1, 1);
  }

  @Test
  void aRoundEndsWithItsRevisionAndTheNextStartsEmpty() {
    beginRound("l1", 2, 2);
    assertGranted("l2", 2, 2);
    settle("l1", true, 2);
    Revision again = open(EPOCH, 3, "trip2");
    committed("openai", ROUND.id(), again);

    assertThat(settle("l2", true, 2)).isInstanceOf(Settlement.Late.class);
    assertThat(renew(LONG_EXPIRY, "l2")).isEqualTo(new Renewal.Renewed(Set.of(), false));
    Revision second = halfOpen(4, "round2");
    for (String lease : List.of("m1", "m2")) {
      assertThat(
              store()
                  .askProbe(new ProbeAsk("openai", again.id(), second, lease, 2, 2, LONG_EXPIRY)))
          .isInstanceOfSatisfying(
              ProbeAnswer.Granted.class, granted -> assertThat(granted.round()).isEqualTo(second));
    }

    assertThat(settle("m1", true, 2)).as("in the old round").isInstanceOf(Settlement.Late.class);
    assertThat(store().settleProbe("openai", second.id(), "l2", true, 2))
        .isInstanceOf(Settlement.Late.class);
    assertThat(store().settleProbe("openai", second.id(), "m1", true, 2))
        .as("the success of the old round is not counted")
        .isInstanceOf(Settlement.Settled.class);
    assertThat(store().settleProbe("openai", second.id(), "m2", true, 2))
        .isInstanceOf(Settlement.CloseDue.class);
  }

  @Test
  void aHalfOpenCommittedOverAnotherIsANewRound() {
    beginRound("l1", 1, 1);
    Revision next = halfOpen(3, "reassert");
    committed("openai", ROUND.id(), next);

    assertThat(settle("l1", true, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(store().askProbe(ask(ROUND, "l2", 1, 1)))
        .isInstanceOfSatisfying(
            ProbeAnswer.Granted.class, granted -> assertThat(granted.round()).isEqualTo(next));
  }

  @Test
  void aRoundWhoseStateSomebodyElseReplacedIsOver() {
    beginRound("l1", 1, 1);
    store().setState("openai", StoredState.of(closed(EPOCH, 3, "stranger")), TTL);

    assertThat(settle("l1", true, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(renew(LONG_EXPIRY, "l1")).isEqualTo(new Renewal.Renewed(Set.of(), false));
  }

  @Test
  void aStoreThatLostEverythingHasNoRound() {
    beginRound("l1", 1, 1);
    forget();

    assertConflict(ask(ROUND, "l2", 1, 1), null);
    assertThat(settle("l1", true, 1)).isInstanceOf(Settlement.Late.class);
    assertThat(renew(LONG_EXPIRY, "l1")).isEqualTo(new Renewal.Renewed(Set.of(), false));
  }

  @Test
  void anAskThatNoStoreCanServeIsABug() {
    RevisionId base = OPEN.id();
    for (ProbeAsk wrong :
        List.of(
            new ProbeAsk("a b", base, ROUND, "l", 1, 1, SHORT),
            new ProbeAsk("openai", base, closed(EPOCH, 2, "x"), "l", 1, 1, SHORT),
            new ProbeAsk("openai", ROUND.id(), ROUND, "l", 1, 1, SHORT),
            new ProbeAsk("openai", base, ROUND, "", 1, 1, SHORT),
            new ProbeAsk("openai", base, ROUND, "l".repeat(129), 1, 1, SHORT),
            new ProbeAsk("openai", base, ROUND, "l", 0, 1, SHORT),
            new ProbeAsk("openai", base, ROUND, "l", 1, 0, SHORT),
            new ProbeAsk("openai", base, ROUND, "l", 1, 1, Duration.ofMillis(99)),
            new ProbeAsk("openai", base, ROUND, "l", 1, 1, Duration.ofSeconds(61)))) {
      assertThatThrownBy(() -> store().askProbe(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> renew(Duration.ofMillis(99)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a lease must last PT0.1S to PT1M, was PT0.099S");
    assertThatThrownBy(() -> settle("l", true, 0))
        .hasMessage("success-threshold must be at least 1, was 0");
  }

  static Revision halfOpen(long version, String op) {
    return Revisions.of(State.HALF_OPEN, EPOCH, version, op, List.of());
  }

  static ProbeAsk ask(Revision halfOpen, String lease, int maxCalls, int successThreshold) {
    return new ProbeAsk(
        "openai", OPEN.id(), halfOpen, lease, maxCalls, successThreshold, LONG_EXPIRY);
  }

  private void beginRound(String lease, int maxCalls, int successThreshold) {
    beginRound(ask(ROUND, lease, maxCalls, successThreshold));
  }

  private void beginRound(ProbeAsk ask) {
    committed("openai", RevisionId.NONE, OPEN);
    assertThat(store().askProbe(ask)).isInstanceOf(ProbeAnswer.Granted.class);
  }

  private void assertGranted(String lease, int maxCalls, int successThreshold) {
    assertThat(store().askProbe(ask(ROUND, lease, maxCalls, successThreshold)))
        .isInstanceOf(ProbeAnswer.Granted.class);
  }

  private void assertConflict(ProbeAsk ask, @Nullable StoredState current) {
    assertThat(store().askProbe(ask))
        .isInstanceOfSatisfying(
            ProbeAnswer.Conflict.class,
            conflict -> {
              assertThat(conflict.current()).isEqualTo(Optional.ofNullable(current));
              assertThat(conflict.serverMillis()).isPositive();
            });
  }

  private Settlement settle(String lease, boolean succeeded, int successThreshold) {
    return store().settleProbe("openai", ROUND.id(), lease, succeeded, successThreshold);
  }

  private Renewal renew(Duration leaseFor, String... leases) {
    return store().renewProbes("openai", ROUND.id(), List.of(leases), leaseFor);
  }
}
