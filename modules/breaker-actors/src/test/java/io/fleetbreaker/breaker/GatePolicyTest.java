package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.sync.RevisionId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** When a gate shuts, by each of the trip policies, and how the ends of calls are told apart. */
class GatePolicyTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final TripCondition RATE =
      new TripCondition.FailureRate(50, 4, CallWindow.calls(10));
  private static final TripCondition SLOW =
      new TripCondition.SlowCallRate(50, SECOND, 4, CallWindow.calls(10));

  @Test
  void aFailureRateShutsTheGateWithTheFailureThatReachesIt() {
    GateFixture f = GateFixture.of(RATE);
    f.succeed(5);
    f.fail(4);
    assertThat(f.isShut()).isFalse();
    assertThat(f.gate.view().failureRate())
        .hasValueCloseTo(44.4, org.assertj.core.data.Offset.offset(0.1));

    f.fail(1);

    assertThat(f.isShut()).isTrue();
    assertThat(f.gate.view().reason()).isEqualTo("50.0% of 10 calls failed (window: 10 calls)");
    assertThat(f.gate.view().state()).isEqualTo(State.OPEN);
    assertThat(f.gate.view().automaticState()).isEqualTo(State.OPEN);
    assertThat(f.gate.view().shared()).as("nobody else knows yet").isFalse();
    assertThat(f.signals.blown()).hasSize(1);
    assertThat(f.signals.lastGeneration()).isEqualTo(f.gate.era().generation());
  }

  @Test
  void aFailureCountForgetsWhatIsOlderThanItsWindow() {
    GateFixture f = GateFixture.of(new TripCondition.FailureCount(3, Duration.ofSeconds(10)));
    f.fail(2);
    f.pass(Duration.ofSeconds(10));
    f.fail(2);
    f.succeed(50);
    assertThat(f.isShut()).isFalse();

    f.pass(Duration.ofSeconds(8));
    f.fail(1);

    assertThat(f.isShut()).isTrue();
    assertThat(f.gate.view().reason()).isEqualTo("3 failures within 10 s");
  }

  @Test
  void theFirstOfSeveralConditionsShutsTheGate() {
    GateFixture f = GateFixture.of(RATE, new TripCondition.ConsecutiveFailures(2));
    f.succeed(9);

    f.fail(2);

    assertThat(f.gate.view().reason()).isEqualTo("2 consecutive failures");
  }

  @Test
  void aWindowThatMovesOnCanShutTheGateWithTheNextCall() {
    GateFixture f = GateFixture.of(new TripCondition.FailureRate(50, 3, CallWindow.time(SECOND)));
    f.succeed(10);
    f.pass(Duration.ofMillis(500));
    f.fail(3);
    f.pass(Duration.ofMillis(500));
    assertThat(f.isShut()).as("nothing has looked yet").isFalse();

    f.succeed(1);

    assertThat(f.isShut()).isTrue();
    assertThat(f.gate.view().reason()).isEqualTo("100.0% of 3 calls failed (window: 1 s)");
  }

  @Test
  void aWindowThatMovesOnIsLookedAtByASlowSuccessToo() {
    GateFixture f =
        GateFixture.of(
            new TripCondition.FailureRate(50, 3, CallWindow.time(SECOND)),
            new TripCondition.SlowCallRate(100, Duration.ofMillis(10), 9, CallWindow.calls(9)));
    f.succeed(10);
    f.pass(Duration.ofMillis(500));
    f.fail(3);
    f.pass(Duration.ofMillis(480));

    f.last(Duration.ofMillis(20), Outcome.success());

    assertThat(f.gate.view().reason()).isEqualTo("100.0% of 3 calls failed (window: 1 s)");
  }

  @Test
  void slowSuccessesShutTheGate() {
    GateFixture f = GateFixture.of(SLOW);
    f.last(SECOND, Outcome.success());
    f.last(SECOND, Outcome.success());
    f.last(SECOND.plusNanos(1), Outcome.success());
    f.last(SECOND.plusNanos(1), Outcome.success());

    assertThat(f.isShut()).isTrue();
    assertThat(f.gate.view().reason()).isEqualTo("50.0% of 4 calls were slow (window: 10 calls)");
    assertThat(f.gate.view().slowCallRate()).hasValue(50);
    assertThat(f.gate.view().failureRate()).isEmpty();
    assertThat(f.gate.view().counts().slowSuccessful()).isEqualTo(2);
    assertThat(f.gate.view().counts().successful()).isEqualTo(4);
  }

  @Test
  void aSlowSuccessEndsTheRunOfFailures() {
    GateFixture f = GateFixture.of(SLOW, new TripCondition.ConsecutiveFailures(3));
    f.fail(2);
    f.last(SECOND.plusNanos(1), Outcome.success());

    assertThat(f.gate.view().failureCount()).isZero();
  }

  @Test
  void aSlowSuccessOfAnOlderEraIsCountedAndMovesNothing() {
    GateFixture f =
        GateFixture.of(new TripCondition.SlowCallRate(1, SECOND, 1, CallWindow.calls(1)));
    Permit old = f.take();
    f.show(State.OPEN);
    f.show(State.CLOSED);
    f.fail(1);
    f.pass(SECOND.plusNanos(1));

    old.success();

    assertThat(f.isShut()).isFalse();
    assertThat(f.gate.view().failureCount()).as("nor does it end the run").isEqualTo(1);
    assertThat(f.gate.view().counts().slowSuccessful()).isEqualTo(1);
    assertThat(f.gate.view().slowCallRate()).hasValue(0);
  }

  @Test
  void aSlowProbeReopens() {
    GateFixture f = GateFixture.of(SLOW);
    f.show(State.HALF_OPEN);
    f.last(SECOND.plusNanos(1), Outcome.success());

    assertThat(f.signals.probeFailures()).containsExactly(new Trip("a probe was slow"));
    assertThat(f.signals.probeSuccesses()).isEmpty();
    assertThat(f.gate.tryAcquire()).as("the second of two").isPresent();
    assertThat(f.gate.tryAcquire()).as("the slow one's place is gone").isEmpty();
  }

  @Test
  void aProbeThatSucceedsSaysSoAndGivesItsPlaceBack() {
    GateFixture f = GateFixture.of(RATE);
    f.show(State.HALF_OPEN);

    f.succeed(3);

    long generation = f.gate.era().generation();
    assertThat(f.signals.probeSuccesses()).containsExactly(generation, generation, generation);
    assertThat(f.signals.lastGeneration()).isEqualTo(generation);
  }

  @Test
  void aProbeThatFailsIsCountedAndSaysWhy() {
    GateFixture f = GateFixture.of(RATE);
    f.show(State.HALF_OPEN);

    f.take().settle(Outcome.failure("HTTP 503").retryAfter(SECOND));

    assertThat(f.signals.probeFailures())
        .containsExactly(new Trip("a probe failed (HTTP 503)", SECOND));
    assertThat(f.signals.lastCounts())
        .isEqualTo(new Event.Counts(1, GateFixture.WALL.toEpochMilli()));
    assertThat(f.gate.view().failureCount()).isEqualTo(1);
  }

  @Test
  void aProbeThatEndsAfterItsRoundIsReportedUnderItsOwnGeneration() {
    GateFixture f = GateFixture.of(RATE);
    f.show(State.HALF_OPEN);
    long round = f.gate.era().generation();
    Permit late = f.take();
    f.show(State.HALF_OPEN);

    late.failure();

    assertThat(f.signals.lastGeneration()).isEqualTo(round).isNotEqualTo(f.gate.era().generation());
  }

  @Test
  void theFailureThatShutsTheGateSaysWhyAndForHowLong() {
    GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(1));

    f.take().settle(Outcome.misconfigured("HTTP 401").retryAfter(Duration.ofSeconds(90)));

    assertThat(f.signals.blown())
        .containsExactly(new Trip("1 failure (misconfigured: HTTP 401)", Duration.ofSeconds(90)));
    BreakerView view = f.gate.view();
    assertThat(view.reason()).isEqualTo("1 failure (misconfigured: HTTP 401)");
    assertThat(view.remaining()).isEqualTo(Duration.ofSeconds(90));
    assertThat(f.gate.refusal().remaining()).isEqualTo(Duration.ofSeconds(90));
    assertThat(view.lastFailure()).contains(GateFixture.WALL);
    assertThat(view.stateAge()).isZero();
  }

  @Test
  void aRetryAfterOutOfBoundsIsClampedBeforeTheActorKnows() {
    GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(1));

    f.take().settle(Outcome.failure().retryAfter(Duration.ofDays(30)));

    assertThat(f.gate.view().remaining()).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void aFreshGateSaysWhatItIs() {
    GateFixture f =
        new GateFixture(
            7, ProviderSettings.builder("openai").priority(3).failureThreshold(4).build());
    f.pass(SECOND);

    BreakerView view = f.gate.view();

    assertThat(view.provider()).isEqualTo("openai");
    assertThat(view.priority()).isEqualTo(3);
    assertThat(view.state()).isEqualTo(State.CLOSED);
    assertThat(view.automaticState()).isEqualTo(State.CLOSED);
    assertThat(view.override()).isEmpty();
    assertThat(view.stateAge()).isEqualTo(SECOND);
    assertThat(view.remaining()).isZero();
    assertThat(view.failureRate()).isEmpty();
    assertThat(view.slowCallRate()).isEmpty();
    assertThat(view.lastFailure()).isEmpty();
    assertThat(view.failureThreshold()).isEqualTo(4);
    assertThat(view.reason()).isEqualTo("started");
    assertThat(view.revision()).isEqualTo(RevisionId.NONE);
    assertThat(view.shared()).isTrue();
    assertThat(f.gate.settings().priority()).isEqualTo(3);
    assertThat(f.gate.provider()).isEqualTo("openai");
  }

  private static GateFixture judging() {
    OutcomeClassifier classifier =
        OutcomeClassifier.builder()
            .ignore(IllegalArgumentException.class)
            .failureIfResult(String.class, "bad"::equals)
            .results(String.class, text -> text.equals("mine") ? Outcome.ignored() : null)
            .build();
    return new GateFixture(
        0, ProviderSettings.builder("openai").failureThreshold(100).classifier(classifier).build());
  }

  @Test
  void callsAndPermitsAreJudgedByTheirResults() throws Exception {
    GateFixture f = judging();

    assertThat(f.gate.<String>call(() -> "bad")).isEqualTo("bad");
    assertThat(f.gate.<String>call(() -> "fine")).isEqualTo("fine");
    assertThat(f.gate.<String>call(() -> "mine")).isEqualTo("mine");
    f.take().result("bad");
    f.take().result("fine");
    f.take().result(null);
    f.take().result("mine");

    assertThat(f.gate.view().counts().failed()).isEqualTo(2);
    assertThat(f.gate.view().counts().successful()).isEqualTo(3);
    assertThat(f.gate.view().counts().ignored()).isEqualTo(2);
  }

  @Test
  void callsAndPermitsAreJudgedByTheirExceptions() {
    GateFixture f = judging();

    assertThatThrownBy(
            () ->
                f.gate.call(
                    () -> {
                      throw new IOException("down");
                    }))
        .hasMessage("down");
    assertThatThrownBy(
            () ->
                f.gate.run(
                    () -> {
                      throw new IllegalArgumentException("ours");
                    }))
        .hasMessage("ours");
    f.take().error(new IOException());
    f.take().error(new IllegalArgumentException());

    assertThat(f.gate.view().counts().failed()).isEqualTo(2);
    assertThat(f.gate.view().counts().ignored()).isEqualTo(2);
  }

  @Test
  void aRunThatReturnsIsASuccess() {
    GateFixture f = judging();

    f.gate.run(() -> {});

    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void anOpenGateRunsNothing() {
    GateFixture f = judging();
    f.show(State.OPEN);

    assertThatThrownBy(
            () ->
                f.gate.run(
                    () -> {
                      throw new AssertionError("must not run");
                    }))
        .isInstanceOf(CallNotPermittedException.class);
    assertThat(f.gate.view().counts().rejected()).isEqualTo(1);
  }

  @Test
  void aFallbackAnswersForARefusalAndForAFailure() throws Exception {
    GateFixture f = judging();

    String failed =
        f.gate.<String>callWithFallback(
            () -> {
              throw new IOException("down");
            },
            e -> "instead of " + e.getMessage());
    String fine = f.gate.<String>callWithFallback(() -> "fine", e -> "instead");
    f.show(State.OPEN);
    String refused =
        f.gate.<String>callWithFallback(() -> "never", e -> e.getClass().getSimpleName());

    assertThat(failed).isEqualTo("instead of down");
    assertThat(fine).isEqualTo("fine");
    assertThat(refused).isEqualTo("CallNotPermittedException");
  }

  @Test
  void anInterruptIsThrownAndNotGivenToTheFallback() {
    GateFixture f = judging();

    assertThatThrownBy(
            () ->
                f.gate.<String>callWithFallback(
                    () -> {
                      throw new InterruptedException();
                    },
                    e -> "instead"))
        .isInstanceOf(InterruptedException.class);
    assertThat(f.gate.view().counts().ignored()).isEqualTo(1);
  }

  static List<Consumer<Permit>> endings() {
    return List.of(
        Permit::success,
        Permit::failure,
        Permit::ignore,
        permit -> permit.settle(Outcome.success()),
        permit -> permit.result("x"),
        permit -> permit.error(new IOException()));
  }

  @ParameterizedTest
  @MethodSource("endings")
  void aPermitThatIsSettledStaysSo(Consumer<Permit> ending) {
    GateFixture f = new GateFixture(0, GateFixture.settings(TripPolicy.DEFAULT));
    Permit permit = f.take();
    ending.accept(permit);
    var after = f.gate.view().counts();

    endings().forEach(again -> again.accept(permit));

    assertThat(f.gate.view().counts()).isEqualTo(after);
    assertThat(after.successful() + after.failed() + after.ignored()).isEqualTo(1);
  }

  @Test
  void aClassifierThatThrowsIsDoneWithout() throws Exception {
    OutcomeClassifier broken =
        OutcomeClassifier.builder()
            .exceptions(
                e -> {
                  throw new IllegalStateException("broken rule");
                })
            .results(
                String.class,
                text -> {
                  throw new AssertionError("broken rule");
                })
            .build();
    GateFixture f =
        new GateFixture(0, ProviderSettings.builder("openai").classifier(broken).build());

    assertThat(f.gate.<String>call(() -> "fine")).isEqualTo("fine");
    f.take().error(new IOException());
    f.take().error(new AssertionError());

    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
    assertThat(f.gate.view().counts().failed()).isEqualTo(1);
    assertThat(f.gate.view().counts().ignored()).isEqualTo(1);
  }
}
