package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.CallWindow;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.breaker.RateWindow.Sample;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WindowedConditionTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static WindowedCondition at(TripCondition condition) {
    return WindowedCondition.of(condition, 0).orElseThrow();
  }

  @Test
  void consecutiveFailuresNeedNoWindow() {
    assertThat(WindowedCondition.of(new TripCondition.ConsecutiveFailures(3), 0)).isEmpty();
  }

  @Test
  void aCountIsMetByItsThresholdHoweverManyCallsThereAre() {
    WindowedCondition count = at(new TripCondition.FailureCount(3, MINUTE));

    assertThat(count.window()).isInstanceOf(TimeWindow.class);
    assertThat(count.window().rotationNanos()).isEqualTo(MINUTE.toNanos() / 10);
    assertThat(count.isRate()).isFalse();
    assertThat(count.isAboutSlowCalls()).isFalse();
    assertThat(count.isMeaningful(new Sample(0, 0))).isTrue();
    assertThat(count.marksThatOpen(1_000)).isGreaterThan(2);
    assertThat(count.marksThatOpen(1_000)).isLessThanOrEqualTo(3);
    assertThat(count.reason(new Sample(9, 3))).isEqualTo("3 failures within 60 s");
    assertThat(count.reason(new Sample(9, 1))).isEqualTo("1 failure within 60 s");
  }

  @Test
  void aRateIsMetFromItsThresholdOnAndFromItsMinimumOn() {
    WindowedCondition rate = at(new TripCondition.FailureRate(50, 4, CallWindow.calls(10)));

    assertThat(rate.window()).isInstanceOf(CountWindow.class);
    assertThat(rate.isRate()).isTrue();
    assertThat(rate.isAboutSlowCalls()).isFalse();
    assertThat(rate.isMeaningful(new Sample(3, 3))).isFalse();
    assertThat(rate.isMeaningful(new Sample(4, 0))).isTrue();
    assertThat(rate.marksThatOpen(3)).isGreaterThan(3);
    assertThat(rate.marksThatOpen(4)).isLessThanOrEqualTo(2);
    assertThat(rate.marksThatOpen(5)).isGreaterThan(2);
    assertThat(rate.marksThatOpen(10)).isLessThanOrEqualTo(10);
    assertThat(rate.reason(new Sample(3, 2)))
        .isEqualTo("66.7% of 3 calls failed (window: 10 calls)");
  }

  @Test
  void aRateOfSlowCallsSaysSo() {
    WindowedCondition slow =
        at(new TripCondition.SlowCallRate(100, MINUTE, 2, CallWindow.time(MINUTE)));

    assertThat(slow.window()).isInstanceOf(TimeWindow.class);
    assertThat(slow.isRate()).isTrue();
    assertThat(slow.isAboutSlowCalls()).isTrue();
    assertThat(slow.isMeaningful(new Sample(1, 1))).isFalse();
    assertThat(slow.isMeaningful(new Sample(2, 1))).isTrue();
    assertThat(slow.marksThatOpen(2)).isGreaterThan(1);
    assertThat(slow.marksThatOpen(2)).isLessThanOrEqualTo(2);
    assertThat(slow.reason(new Sample(2, 2)))
        .isEqualTo("100.0% of 2 calls were slow (window: 60 s)");
  }
}
