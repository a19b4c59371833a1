package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.CallObserver;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.TripCondition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GateObserversTest {
  private final GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(3));
  private final List<String> seen = new ArrayList<>();

  private CallObserver observer(String name) {
    return new CallObserver() {
      @Override
      public void onCall(Outcome outcome, long durationNanos, boolean slow) {
        seen.add(name + " " + outcome + " " + durationNanos + (slow ? " slow" : ""));
      }

      @Override
      public void onRejected() {
        seen.add(name + " rejected");
      }
    };
  }

  @Test
  void anObserverHearsOfEachCallWithItsDuration() throws Exception {
    f.gate.observe(observer("a"));

    f.last(Duration.ofNanos(7), Outcome.success());
    f.last(Duration.ofNanos(8), Outcome.failure("why"));
    f.last(Duration.ofNanos(9), Outcome.ignored());
    f.gate.call(() -> "fine");
    f.gate.run(() -> f.ticker.advance(Duration.ofNanos(3)));
    f.show(State.OPEN);
    assertThat(f.gate.tryAcquire()).isEmpty();

    assertThat(seen)
        .containsExactly(
            "a SUCCESS 7",
            "a FAILURE (why) 8",
            "a IGNORED 9",
            "a SUCCESS 0",
            "a SUCCESS 3",
            "a rejected");
  }

  @Test
  void aSlowCallIsTold() {
    GateFixture slow =
        GateFixture.of(
            new TripCondition.SlowCallRate(100, Duration.ofSeconds(1), 9, CallWindow.calls(9)));
    slow.gate.observe(observer("a"));

    slow.last(Duration.ofSeconds(1), Outcome.success());
    slow.last(Duration.ofSeconds(2), Outcome.success());
    slow.last(Duration.ofSeconds(2), Outcome.failure());

    assertThat(seen)
        .containsExactly(
            "a SUCCESS 1000000000", "a SUCCESS 2000000000 slow", "a FAILURE 2000000000 slow");
  }

  @Test
  void aCallThatBeganUnobservedIsNotSeen() {
    Permit before = f.take();
    f.gate.observe(observer("a"));

    before.failure();

    assertThat(seen).isEmpty();
    assertThat(f.gate.view().failureCount()).isEqualTo(1);
  }

  @Test
  void aClosedSubscriptionHearsNothingAndOthersStillDo() {
    Subscription gone = f.gate.observe(observer("gone"));
    f.gate.observe(observer("stays"));
    Permit during = f.take();

    gone.close();
    gone.close();
    during.success();

    assertThat(seen).containsExactly("stays SUCCESS 0");
  }

  @Test
  void clocksAreReadOnlyWhileSomebodyLooksOn() {
    assertThat(f.gate.observers().wantDurations()).isFalse();

    Subscription looks = f.gate.observe(observer("a"));
    assertThat(f.gate.observers().wantDurations()).isTrue();
    looks.close();

    assertThat(f.gate.observers().wantDurations()).isFalse();
    assertThat(f.gate.observers().anyForRejections()).isFalse();
  }

  @Test
  void aPolicyAboutSlowCallsReadsClocksWhoeverLooksOn() {
    GateFixture slow =
        GateFixture.of(
            new TripCondition.SlowCallRate(100, Duration.ofSeconds(1), 9, CallWindow.calls(9)));

    slow.gate.observe(observer("a")).close();

    assertThat(slow.gate.observers().wantDurations()).isTrue();
  }

  @Test
  void anObserverThatThrowsHarmsNeitherTheCallNorTheNextObserver() {
    f.gate.observe(
        new CallObserver() {
          @Override
          public void onCall(Outcome outcome, long durationNanos, boolean slow) {
            throw new IllegalStateException("broken observer");
          }

          @Override
          public void onRejected() {
            throw new AssertionError("broken observer");
          }
        });
    f.gate.observe(observer("a"));

    f.gate.run(() -> {});
    f.fail(1);
    f.show(State.OPEN);

    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(seen).containsExactly("a SUCCESS 0", "a FAILURE 0", "a rejected");
    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void anObserverThatCaresForCallsOnlyIsNotAskedAboutRejections() {
    f.gate.observe((outcome, durationNanos, slow) -> seen.add(outcome.toString()));
    f.show(State.OPEN);

    assertThat(f.gate.tryAcquire()).isEmpty();
    assertThat(seen).isEmpty();
  }

  @Test
  void aCallUnderDisabledIsNotSeen() {
    f.gate.observe(observer("a"));
    f.override(OverrideMode.DISABLED, null);

    f.succeed(1);
    f.fail(1);

    assertThat(seen).isEmpty();
  }
}
