package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateOverrideTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(2));

  @Test
  void forcedOpenRefusesAndNamesItself() {
    f.override(OverrideMode.FORCED_OPEN, MINUTE);
    f.pass(Duration.ofSeconds(20));

    assertThatThrownBy(() -> f.gate.call(() -> "never"))
        .isInstanceOfSatisfying(
            CallNotPermittedException.class,
            refusal -> {
              assertThat(refusal.state()).isEqualTo(State.OPEN);
              assertThat(refusal.override()).contains(OverrideMode.FORCED_OPEN);
              assertThat(refusal.remaining()).isEqualTo(Duration.ofSeconds(40));
            })
        .hasMessage(
            "circuit breaker 'openai' is FORCED_OPEN and does not permit calls for another 40000"
                + " ms");
    assertThat(f.gate.view().counts().rejected()).isEqualTo(1);
  }

  @Test
  void theViewShowsTheOverrideAndWhatIsBelow() {
    f.show(State.OPEN);
    f.override(OverrideMode.METRICS_ONLY, MINUTE);
    f.pass(Duration.ofSeconds(20));

    BreakerView view = f.gate.view();

    assertThat(view.state()).isEqualTo(State.CLOSED);
    assertThat(view.automaticState()).isEqualTo(State.OPEN);
    assertThat(view.override())
        .contains(
            new OverrideView(
                OverrideMode.METRICS_ONLY,
                "by hand",
                "",
                Optional.of(Duration.ofSeconds(40)),
                false));
    assertThat(view.remaining()).as("not OPEN").isZero();
    assertThat(view.stateAge()).isEqualTo(Duration.ofSeconds(20));
    assertThat(view.reason()).isEqualTo("by hand");
  }

  @Test
  void disabledAdmitsAllAndCountsNothing() {
    f.show(State.OPEN);
    f.override(OverrideMode.DISABLED, null);

    f.fail(5);
    f.succeed(3);
    f.take().ignore();
    f.take().result("x");
    f.take().error(new IllegalStateException());

    assertThat(f.isShut()).isFalse();
    assertThat(f.gate.view().failureCount()).isZero();
    assertThat(f.gate.view().counts().failed()).isZero();
    assertThat(f.gate.view().counts().successful()).isZero();
    assertThat(f.gate.view().counts().ignored()).isZero();
    assertThat(f.gate.view().lastFailure()).isEmpty();
    assertThat(f.signals.blown()).isEmpty();
  }

  @Test
  void metricsOnlyCountsButDoesNotOpen() {
    GateFixture rated =
        GateFixture.of(
            new TripCondition.ConsecutiveFailures(2),
            new TripCondition.FailureRate(50, 1, CallWindow.calls(4)));
    rated.override(OverrideMode.METRICS_ONLY, null);

    rated.fail(3);
    rated.succeed(1);
    rated.fail(1);

    assertThat(rated.isShut()).isFalse();
    assertThat(rated.signals.blown()).isEmpty();
    assertThat(rated.gate.view().failureCount()).isEqualTo(1);
    assertThat(rated.gate.view().counts().failed()).isEqualTo(4);
    assertThat(rated.gate.view().failureRate()).hasValue(75);
  }

  @Test
  void whatAnOverrideCountedDoesNotOpenWhenItEnds() {
    f.override(OverrideMode.METRICS_ONLY, null);
    f.fail(5);

    f.override(null, null);
    f.fail(1);

    assertThat(f.isShut()).isFalse();
    assertThat(f.gate.view().failureCount()).isEqualTo(1);
  }

  @Test
  void aCallThatBeganBeforeAnOverrideMovesNothingUnderIt() {
    Permit before = f.take();
    f.override(OverrideMode.METRICS_ONLY, null);
    f.fail(1);

    before.success();

    assertThat(f.gate.view().failureCount()).as("its success is of another era").isEqualTo(1);
    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void aCallAdmittedByAnOverrideIsNoProbe() {
    f.show(State.HALF_OPEN);
    f.override(OverrideMode.METRICS_ONLY, null);
    Permit under = f.take();

    under.success();
    f.take().failure();

    assertThat(f.signals.probeSuccesses()).isEmpty();
    assertThat(f.signals.probeFailures()).isEmpty();
  }
}
