package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.CallWindow;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class EvidenceTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final TripCondition RATE =
      new TripCondition.FailureRate(50, 4, CallWindow.calls(10));
  private static final TripCondition SLOW =
      new TripCondition.SlowCallRate(50, SECOND, 4, CallWindow.calls(10));

  private final ManualTicker ticker = new ManualTicker(0);
  private final FleetClock clock = new FleetClock(ticker, InstantSource.system());
  private final Tally tally = new Tally();

  private Evidence on(TripCondition... conditions) {
    return Evidence.fresh(TripPolicy.anyOf(conditions), tally, clock);
  }

  private void pass(Duration by) {
    ticker.advance(by);
    clock.tick();
  }

  @Test
  void aRunIsMetByItsThresholdAndEndsWithASuccess() {
    Evidence evidence = on(new TripCondition.ConsecutiveFailures(2));

    assertThat(evidence.failed(false, true)).isNull();
    evidence.endRun();
    assertThat(evidence.run()).isZero();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isEqualTo(new Trip("2 consecutive failures"));
    assertThat(evidence.failed(false, true)).as("more of them").isNotNull();
    assertThat(evidence.run()).isEqualTo(3);
    assertThat(evidence.isRotationDue()).isFalse();
  }

  @Test
  void theShortestOfSeveralRunsCounts() {
    Evidence evidence =
        on(
            new TripCondition.ConsecutiveFailures(3),
            new TripCondition.ConsecutiveFailures(1),
            new TripCondition.ConsecutiveFailures(2));

    assertThat(evidence.failed(false, true)).isEqualTo(new Trip("1 failure"));
  }

  @Test
  void aRunOfAProbeIsCountedWithoutAVerdict() {
    Evidence evidence = on(new TripCondition.ConsecutiveFailures(2));

    assertThat(evidence.addToRun()).isEqualTo(1);
    assertThat(evidence.addToRun()).isEqualTo(2);
    assertThat(evidence.run()).isEqualTo(2);
  }

  @Test
  void aRateNeedsItsMinimumOfCalls() {
    Evidence evidence = on(RATE);
    tally.success();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.rate(false)).as("three calls say nothing").isEmpty();

    Trip trip = evidence.failed(false, true);

    assertThat(trip).isEqualTo(new Trip("75.0% of 4 calls failed (window: 10 calls)"));
    assertThat(evidence.rate(false)).hasValue(75);
    assertThat(evidence.rate(true)).isEmpty();
  }

  @Test
  void whatWasCountedBeforeDoesNotCount() {
    for (int i = 0; i < 100; i++) {
      tally.success();
    }
    Evidence evidence = on(RATE);

    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isNotNull();
  }

  @Test
  void lateSuccessesDoNotMakeARateBetter() {
    Evidence evidence = on(RATE);
    for (int i = 0; i < 100; i++) {
      tally.success();
      tally.wasLate();
    }

    evidence.failed(false, true);
    evidence.failed(false, true);
    evidence.failed(false, true);
    assertThat(evidence.failed(false, true))
        .isEqualTo(new Trip("100.0% of 4 calls failed (window: 10 calls)"));
  }

  @Test
  void aSuccessThatTurnsOutLateAfterTheEraBeganLeavesNoNegativeCount() {
    tally.success();
    Evidence evidence = on(RATE);
    tally.wasLate();

    assertThat(evidence.rate(false)).isEmpty();
    for (int i = 0; i < 3; i++) {
      assertThat(evidence.failed(false, true)).isNull();
    }
    assertThat(evidence.failed(false, true)).isNotNull();
  }

  @Test
  void aSlowCallThatFailsIsOneCall() {
    Evidence evidence = on(RATE, SLOW);
    tally.success();
    tally.success();
    tally.success();
    tally.success();

    assertThat(evidence.failed(true, true)).isNull();

    assertThat(evidence.rate(false)).hasValue(20);
    assertThat(evidence.rate(true)).hasValue(20);
  }

  @Test
  void slowSuccessesOpenByTheSlowRateOnly() {
    Evidence evidence = on(RATE, SLOW);
    tally.success();
    tally.success();
    tally.success();
    assertThat(evidence.slow(true)).isNull();
    assertThat(evidence.rate(true)).isEmpty();
    tally.success();

    assertThat(evidence.slow(true))
        .isEqualTo(new Trip("50.0% of 4 calls were slow (window: 10 calls)"));
    assertThat(evidence.rate(false)).hasValue(0);
  }

  @Test
  void aFailureThatIsNotSlowIsNotMarkedSlow() {
    Evidence evidence = on(SLOW);
    for (int i = 0; i < 5; i++) {
      assertThat(evidence.failed(false, true)).isNull();
    }

    assertThat(evidence.rate(true)).hasValue(0);
  }

  @Test
  void theRateIsThatOfTheFirstConditionAboutIt() {
    Evidence evidence =
        on(
            new TripCondition.FailureCount(100, SECOND),
            new TripCondition.FailureRate(100, 1, CallWindow.calls(2)),
            new TripCondition.FailureRate(100, 1, CallWindow.calls(10)));
    tally.success();
    tally.success();
    evidence.failed(false, true);

    assertThat(evidence.rate(false)).hasValue(50);
  }

  @Test
  void aCountOverTimeForgetsWithTheWindow() {
    Evidence evidence = on(new TripCondition.FailureCount(3, SECOND));
    evidence.failed(false, true);
    evidence.failed(false, true);
    pass(SECOND);
    assertThat(evidence.isRotationDue()).isTrue();
    assertThat(evidence.rotate(true)).isNull();
    assertThat(evidence.isRotationDue()).isFalse();

    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isNull();
    assertThat(evidence.failed(false, true)).isEqualTo(new Trip("3 failures within 1 s"));
  }

  @Test
  void aRotationIsDueWhenTheFirstWindowMoves() {
    Evidence evidence =
        on(
            new TripCondition.FailureCount(9, Duration.ofSeconds(30)),
            RATE,
            new TripCondition.FailureCount(9, SECOND),
            new TripCondition.FailureCount(9, Duration.ofSeconds(20)));

    pass(Duration.ofMillis(99));
    assertThat(evidence.isRotationDue()).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(evidence.isRotationDue()).isTrue();
    evidence.rotate(true);
    pass(Duration.ofMillis(99));
    assertThat(evidence.isRotationDue()).isFalse();
  }

  @Test
  void aRateCanGetWorseAsHealthyCallsLeaveTheWindow() {
    Evidence evidence = on(new TripCondition.FailureRate(50, 3, CallWindow.time(SECOND)));
    for (int i = 0; i < 10; i++) {
      tally.success();
    }
    pass(Duration.ofMillis(500));
    evidence.rotate(true);
    evidence.failed(false, true);
    evidence.failed(false, true);
    assertThat(evidence.failed(false, true)).isNull();
    pass(Duration.ofMillis(500));

    assertThat(evidence.rotate(true)).isEqualTo(new Trip("100.0% of 3 calls failed (window: 1 s)"));
  }
}
