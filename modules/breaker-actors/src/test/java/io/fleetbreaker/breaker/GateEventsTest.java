package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CallOutcome;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GateEventsTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  private final GateFixture one =
      new GateFixture(0, ProviderSettings.builder("one").failureThreshold(2).build());
  private final GateFixture two =
      new GateFixture(0, ProviderSettings.builder("two").failureThreshold(2).build());
  private final GateEvents events = new GateEvents(List.of(one.gate, two.gate));

  @AfterEach
  void close() {
    events.close();
  }

  private static Transition to(State state) {
    return new Transition(
        "one",
        State.CLOSED,
        state,
        Optional.empty(),
        Duration.ZERO,
        "why",
        RevisionId.NONE,
        GateFixture.WALL);
  }

  @Test
  void aListenerHearsOfTheOutcomesOfAllGates() {
    List<CallOutcome> heard = new CopyOnWriteArrayList<>();
    events.onOutcome(heard::add);
    Outcome bad = Outcome.failure("bad");

    one.last(Duration.ofMillis(3), bad);
    two.last(Duration.ofMillis(4), Outcome.success());

    await()
        .atMost(GIVE_UP)
        .untilAsserted(
            () ->
                assertThat(heard)
                    .containsExactly(
                        new CallOutcome("one", bad, Duration.ofMillis(3), false),
                        new CallOutcome("two", Outcome.success(), Duration.ofMillis(4), false)));
  }

  @Test
  void aListenerHearsWhyACallWasRefused() {
    List<CallNotPermittedException> heard = new CopyOnWriteArrayList<>();
    events.onRejection(heard::add);
    two.override(OverrideMode.FORCED_OPEN, null);

    one.succeed(1);
    assertThat(two.gate.tryAcquire()).isEmpty();

    await().atMost(GIVE_UP).untilAsserted(() -> assertThat(heard).hasSize(1));
    assertThat(heard.get(0))
        .hasMessage("circuit breaker 'two' is FORCED_OPEN and does not permit calls");
  }

  @Test
  void aListenerHearsOfTransitionsInTheirOrder() {
    List<Transition> heard = new CopyOnWriteArrayList<>();
    assertThat(one.gate.observers().anyForTransitions()).isFalse();
    events.onTransition(heard::add);
    assertThat(one.gate.observers().anyForTransitions()).isTrue();
    assertThat(two.gate.observers().anyForTransitions()).isTrue();

    one.gate.observers().changed(to(State.OPEN));
    two.gate.observers().changed(to(State.HALF_OPEN));

    await()
        .atMost(GIVE_UP)
        .untilAsserted(
            () -> assertThat(heard).containsExactly(to(State.OPEN), to(State.HALF_OPEN)));
  }

  @Test
  void aListenerThatBlocksHarmsNobody() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<CallOutcome> heard = new CopyOnWriteArrayList<>();
    events.onOutcome(
        outcome -> {
          blocked.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    events.onOutcome(heard::add);

    one.succeed(1);
    blocked.await();
    one.succeed(20);

    await().atMost(GIVE_UP).untilAsserted(() -> assertThat(heard).hasSize(21));
    assertThat(one.gate.view().counts().successful()).isEqualTo(21);
    assertThat(events.dropped()).isZero();
    release.countDown();
  }

  @Test
  void whatABlockedListenerMissesIsCounted() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    events.onOutcome(
        outcome -> {
          blocked.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    one.succeed(1);
    blocked.await();

    one.succeed(GateEvents.CAPACITY + 3);

    assertThat(events.dropped()).isEqualTo(3);
    release.countDown();
  }

  @Test
  void aClosedSubscriptionLooksOnAtNoGate() {
    Subscription transitions = events.onTransition(t -> {});
    Subscription outcomes = events.onOutcome(o -> {});
    Subscription rejections = events.onRejection(r -> {});
    assertThat(one.gate.observers().anyForRejections()).isTrue();

    transitions.close();
    transitions.close();
    outcomes.close();
    rejections.close();

    assertThat(one.gate.observers().anyForRejections()).isFalse();
    assertThat(two.gate.observers().anyForRejections()).isFalse();
    assertThat(two.gate.observers().anyForTransitions()).isFalse();
  }

  @Test
  void closingEndsAllSubscriptions() {
    events.onTransition(t -> {});
    events.onOutcome(o -> {});
    events.onRejection(r -> {});

    events.close();

    assertThat(one.gate.observers().anyForRejections()).isFalse();
    assertThat(one.gate.observers().anyForTransitions()).isFalse();
  }

  @Test
  void whoeverAsksABreakerForItsEventsGetsTheSame() {
    assertThat(one.gate.events()).isSameAs(one.gate.events());
    assertThat(one.gate.events()).isNotSameAs(two.gate.events());
  }
}
