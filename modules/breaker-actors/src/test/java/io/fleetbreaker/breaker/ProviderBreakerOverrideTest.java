package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Transition;
import io.fleetbreaker.breaker.ProviderBreaker.ResetReply;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("actors")
class ProviderBreakerOverrideTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ActorFixture f =
      new ActorFixture(
          -7, ProviderSettings.builder("openai").failureThreshold(2).openDuration(MINUTE).build());
  private final TestProbe<Done> operator = f.kit.createTestProbe();
  private final ActorRef<SyncPort.BreakerMessage> actor = f.spawn();

  @AfterEach
  void stop() {
    f.close();
  }

  private void override(OverrideMode mode, Duration lasting) {
    actor.tell(new ProviderBreaker.SetOverride(mode, "by hand", lasting, operator.getRef()));
    operator.expectMessage(Done.getInstance());
  }

  private void clear() {
    actor.tell(new ProviderBreaker.ClearOverride(operator.getRef()));
    operator.expectMessage(Done.getInstance());
  }

  @Test
  void anOverrideIsInForceWhenTheOperatorIsTold() {
    override(OverrideMode.FORCED_OPEN, null);
    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(f.gate.view().override()).isPresent();

    clear();
    assertThat(f.gate.tryAcquire()).isPresent();
    assertThat(f.gate.view().override()).isEmpty();
    f.sync.expectNoMessage();
  }

  @Test
  void anOverrideEndsByItself() {
    override(OverrideMode.FORCED_OPEN, Duration.ofSeconds(5));
    f.pass(Duration.ofSeconds(5).minusNanos(1));
    f.settle(actor);
    assertThat(f.gate.tryAcquire()).isEmpty();

    f.pass(Duration.ofNanos(1));

    f.eventually(State.CLOSED);
  }

  @Test
  void anOverrideWithoutAnEndOutlivesOneWithAnEndThatItReplaced() {
    override(OverrideMode.FORCED_OPEN, Duration.ofSeconds(5));
    override(OverrideMode.FORCED_OPEN, null);

    f.pass(Duration.ofDays(1));
    f.settle(actor);

    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void anOpenWhoseTimePassedUnderAnOverrideProbesRightAfterIt() {
    f.fail(2);
    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
    override(OverrideMode.DISABLED, null);
    f.pass(MINUTE.multipliedBy(2));
    f.settle(actor);
    assertThat(f.gate.view().automaticState()).isEqualTo(State.OPEN);

    clear();
    f.clock.tick();

    assertThat(f.recover(actor).kind()).isEqualTo(Proposal.Kind.HALF_OPEN);
  }

  @Test
  void aFuseThatBlewBeforeAnOverrideIsATripBelowIt() {
    f.gate.bind(new RecordingSignals());
    f.fail(2);

    override(OverrideMode.METRICS_ONLY, null);

    assertThat(f.proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
    assertThat(f.gate.tryAcquire()).isPresent();
    clear();
    assertThat(f.gate.view().state()).isEqualTo(State.OPEN);
  }

  @Test
  void aResetUnderForcedOpenIsRefusedWithThatAnswer() {
    f.fail(2);
    f.proposed();
    override(OverrideMode.FORCED_OPEN, null);
    TestProbe<ResetReply> resetter = f.kit.createTestProbe();

    actor.tell(new ProviderBreaker.Reset("by hand", resetter.getRef()));

    resetter.expectMessage(ResetReply.FORCED_OPEN);
    assertThat(f.gate.view().automaticState()).isEqualTo(State.OPEN);
    f.sync.expectNoMessage();
  }

  @Test
  void theFleetsRevisionsAreAdoptedBelow() {
    override(OverrideMode.METRICS_ONLY, null);

    actor.tell(new SyncPort.Adopt(Revisions.of(State.OPEN, 4), MINUTE));
    f.settle(actor);

    assertThat(f.gate.tryAcquire()).isPresent();
    assertThat(f.gate.view().revision().version()).isEqualTo(4);
    clear();
    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void anOverrideSurvivesACrashOfTheActor() {
    override(OverrideMode.FORCED_OPEN, Duration.ofSeconds(5));

    f.crash(actor);
    f.registered();

    assertThat(f.gate.tryAcquire()).isEmpty();
    f.pass(Duration.ofSeconds(5));
    f.eventually(State.CLOSED);
  }

  @Test
  void listenersHearOfOverridesAndOfWhatCallersMeet() {
    List<Transition> heard = new CopyOnWriteArrayList<>();
    f.gate.events().onTransition(heard::add);

    override(OverrideMode.DISABLED, Duration.ofSeconds(5));
    actor.tell(new SyncPort.Adopt(Revisions.of(State.OPEN, 4), MINUTE));
    override(OverrideMode.FORCED_OPEN, Duration.ofSeconds(9));
    clear();

    await().atMost(GIVE_UP).untilAsserted(() -> assertThat(heard).hasSize(3));
    Transition disabled = heard.get(0);
    assertThat(disabled.from()).isEqualTo(State.CLOSED);
    assertThat(disabled.to()).isEqualTo(State.CLOSED);
    assertThat(disabled.override()).contains(OverrideMode.DISABLED);
    assertThat(disabled.remaining()).as("not OPEN").isZero();
    assertThat(disabled.reason()).isEqualTo("by hand");
    Transition forced = heard.get(1);
    assertThat(forced.from()).isEqualTo(State.CLOSED);
    assertThat(forced.to()).isEqualTo(State.OPEN);
    assertThat(forced.remaining()).isEqualTo(Duration.ofSeconds(9));
    Transition cleared = heard.get(2);
    assertThat(cleared.to()).isEqualTo(State.OPEN);
    assertThat(cleared.override()).isEqualTo(Optional.empty());
    assertThat(cleared.remaining()).isEqualTo(MINUTE);
    assertThat(cleared.reason()).isEqualTo("because (on worker other:1:1:a)");
    assertThat(cleared.revision().version()).isEqualTo(4);
    assertThat(cleared.provider()).isEqualTo("openai");
  }
}
