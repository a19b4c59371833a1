package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What settings are refused, and what the message names: setting, bound and value. */
class SettingsBoundsTest {
  private static final Duration NANO = Duration.ofNanos(1);
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofHours(24);
  private static final CallWindow TEN = CallWindow.calls(10);
  private static final CallWindow MINUTE = CallWindow.time(Duration.ofMinutes(1));

  private static Arguments refused(String message, ThrowingCallable made) {
    return Arguments.of(message, made);
  }

  private static ThrowingCallable open(
      Duration base, double multiplier, Duration max, double jitter, Duration resetAfter) {
    return () -> new OpenTime(base, multiplier, max, jitter, resetAfter);
  }

  static Stream<Arguments> outOfBounds() {
    return Stream.of(
        refused(
            "failure-threshold must be at least 1, was 0",
            () -> new TripCondition.ConsecutiveFailures(0)),
        refused(
            "failure-threshold must be at most 1000000, was 1000001",
            () -> new TripCondition.ConsecutiveFailures(1_000_001)),
        refused(
            "failure-count.threshold must be at least 1, was -1",
            () -> new TripCondition.FailureCount(-1, SECOND)),
        refused(
            "failure-count.threshold must be at most 1000000, was 1000001",
            () -> new TripCondition.FailureCount(1_000_001, SECOND)),
        refused(
            "failure-count.window must be at least 100 ms, was 99 ms",
            () -> new TripCondition.FailureCount(1, Duration.ofMillis(99))),
        refused(
            "failure-count.window must be at least 100 ms, was PT0S",
            () -> new TripCondition.FailureCount(1, Duration.ZERO)),
        refused(
            "failure-count.window must be at most 24 h, was PT24H0.000000001S",
            () -> new TripCondition.FailureCount(1, DAY.plus(NANO))),
        refused(
            "failure-rate.threshold must be above 0 and at most 100 percent, was 0.0",
            () -> new TripCondition.FailureRate(0, 1, TEN)),
        refused(
            "failure-rate.threshold must be above 0 and at most 100 percent, was 100.1",
            () -> new TripCondition.FailureRate(100.1, 1, TEN)),
        refused(
            "failure-rate.threshold must be above 0 and at most 100 percent, was NaN",
            () -> new TripCondition.FailureRate(Double.NaN, 1, TEN)),
        refused(
            "failure-rate.minimum-calls must be at least 1, was 0",
            () -> new TripCondition.FailureRate(50, 0, TEN)),
        refused(
            "failure-rate.minimum-calls must be at most 10, was 11",
            () -> new TripCondition.FailureRate(50, 11, TEN)),
        refused(
            "failure-rate.minimum-calls must be at most 1000000, was 1000001",
            () -> new TripCondition.FailureRate(50, 1_000_001, MINUTE)),
        refused(
            "slow-call-rate.threshold must be above 0 and at most 100 percent, was -1.0",
            () -> new TripCondition.SlowCallRate(-1, SECOND, 1, TEN)),
        refused(
            "slow-call-rate.threshold must be above 0 and at most 100 percent, was NaN",
            () -> new TripCondition.SlowCallRate(Double.NaN, SECOND, 1, TEN)),
        refused(
            "slow-call-rate.slower-than must be at least 1 ms, was PT0S",
            () -> new TripCondition.SlowCallRate(50, Duration.ZERO, 1, TEN)),
        refused(
            "slow-call-rate.slower-than must be at most 24 h, was 25 h",
            () -> new TripCondition.SlowCallRate(50, Duration.ofHours(25), 1, TEN)),
        refused(
            "slow-call-rate.minimum-calls must be at least 1, was 0",
            () -> new TripCondition.SlowCallRate(50, SECOND, 0, TEN)),
        refused(
            "slow-call-rate.minimum-calls must be at most 10, was 11",
            () -> new TripCondition.SlowCallRate(50, SECOND, 11, TEN)),
        refused("window must be at least 1, was 0", () -> CallWindow.calls(0)),
        refused("window must be at most 10000, was 10001", () -> CallWindow.calls(10_001)),
        refused("window must be at least 100 ms, was PT0S", () -> CallWindow.time(Duration.ZERO)),
        refused(
            "window must be at least 100 ms, was PT0.0999S",
            () -> CallWindow.time(Duration.ofNanos(99_900_000))),
        refused(
            "window must be at most 24 h, was 86401 s", () -> CallWindow.time(DAY.plusSeconds(1))),
        refused(
            "open-duration must be at least 1 ms, was PT0S",
            open(Duration.ZERO, 1, SECOND, 0, SECOND)),
        refused(
            "open-duration must be at least 1 ms, was PT-0.005S",
            open(Duration.ofMillis(-5), 1, SECOND, 0, SECOND)),
        refused(
            "open-duration must be at most 24 h, was 25 h",
            open(Duration.ofHours(25), 1, SECOND, 0, SECOND)),
        refused(
            "open-duration-multiplier must be at least 1.0, was 0.99",
            open(SECOND, 0.99, SECOND, 0, SECOND)),
        refused(
            "open-duration-multiplier must be at most 10.0, was 10.1",
            open(SECOND, 10.1, SECOND, 0, SECOND)),
        refused(
            "open-duration-multiplier must be at most 10.0, was NaN",
            open(SECOND, Double.NaN, SECOND, 0, SECOND)),
        refused(
            "open-duration-max must be at least 1 ms, was PT0S",
            open(SECOND, 1, Duration.ZERO, 0, SECOND)),
        refused(
            "open-duration-max must be at most 24 h, was 25 h",
            open(SECOND, 1, Duration.ofHours(25), 0, SECOND)),
        refused(
            "open-duration-jitter must be at least 0.0, was -0.1",
            open(SECOND, 1, SECOND, -0.1, SECOND)),
        refused(
            "open-duration-jitter must be at most 0.5, was 0.51",
            open(SECOND, 1, SECOND, 0.51, SECOND)),
        refused(
            "open-duration-jitter must be at most 0.5, was NaN",
            open(SECOND, 1, SECOND, Double.NaN, SECOND)),
        refused(
            "open-duration-reset-after must be at least PT0S, was PT-0.000000001S",
            open(SECOND, 1, SECOND, 0, NANO.negated())),
        refused(
            "open-duration-reset-after must be at most 24 h, was 25 h",
            open(SECOND, 1, SECOND, 0, Duration.ofHours(25))),
        refused(
            "priority must be at least 1, was 0 (providers.p)",
            () -> ProviderSettings.builder("p").priority(0).build()),
        refused(
            "priority must be at most 1000000, was 1000001 (providers.p)",
            () -> ProviderSettings.builder("p").priority(1_000_001).build()),
        refused(
            "half-open-max-calls must be at least 1, was 0 (providers.p)",
            () -> ProviderSettings.builder("p").halfOpenMaxCalls(0).build()),
        refused(
            "half-open-max-calls must be at most 1000, was 1001 (providers.p)",
            () -> ProviderSettings.builder("p").halfOpenMaxCalls(1001).build()),
        refused(
            "success-threshold must be at least 1, was 0 (providers.p)",
            () -> ProviderSettings.builder("p").successThreshold(0).build()),
        refused(
            "success-threshold must be at most 1000, was 1001 (providers.p)",
            () -> ProviderSettings.builder("p").successThreshold(1001).build()),
        refused(
            "half-open-max-duration must be at least 1 ms, was PT0S (providers.p)",
            () -> ProviderSettings.builder("p").halfOpenMaxDuration(Duration.ZERO).build()),
        refused(
            "half-open-max-duration must be at most 24 h, was 25 h (providers.p)",
            () -> ProviderSettings.builder("p").halfOpenMaxDuration(Duration.ofHours(25)).build()),
        refused(
            "probe-wait must be at least PT0S, was PT-0.001S (providers.p)",
            () -> ProviderSettings.builder("p").probeWait(Duration.ofMillis(-1)).build()),
        refused(
            "probe-wait must be at most 5 s, was 5001 ms (providers.p)",
            () -> ProviderSettings.builder("p").probeWait(Duration.ofMillis(5_001)).build()),
        refused(
            "open-duration must be at least 1 ms, was PT0S (providers.p)",
            () -> ProviderSettings.builder("p").openDuration(Duration.ZERO)),
        refused(
            "failure-threshold must be at least 1, was 0 (providers.p)",
            () -> ProviderSettings.builder("p").failureThreshold(0)),
        refused(
            "a trip policy must have at least one condition, was empty: set failure-threshold,"
                + " failure-count, failure-rate or slow-call-rate",
            () -> new TripPolicy(List.of())),
        refused(
            "slow-call-rate.slower-than must be the same in all conditions of a provider, was"
                + " [1 s, 2 s] (providers.p)",
            () ->
                ProviderSettings.builder("p")
                    .tripOn(new TripCondition.SlowCallRate(50, SECOND, 1, TEN))
                    .tripOn(new TripCondition.SlowCallRate(90, Duration.ofSeconds(2), 1, TEN))
                    .build()),
        refused(
            "provider name must be 1 to 128 letters, digits, '.', '_' or '-' and start with a"
                + " letter or digit, was '-p'",
            () -> ProviderSettings.builder("-p")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("outOfBounds")
  void isRefused(String message, ThrowingCallable made) {
    assertThatThrownBy(made).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void theBoundsThemselvesAreAllowed() {
    assertThatCode(
            () -> {
              new TripCondition.ConsecutiveFailures(1);
              new TripCondition.ConsecutiveFailures(1_000_000);
              new TripCondition.FailureCount(1, Duration.ofMillis(100));
              new TripCondition.FailureCount(1_000_000, DAY);
              new TripCondition.FailureRate(Double.MIN_VALUE, 1, CallWindow.calls(1));
              new TripCondition.FailureRate(100, 10_000, CallWindow.calls(10_000));
              new TripCondition.FailureRate(100, 1_000_000, CallWindow.time(DAY));
              new TripCondition.SlowCallRate(100, MILLI, 10, TEN);
              new TripCondition.SlowCallRate(1, DAY, 1, CallWindow.time(Duration.ofMillis(100)));
              new OpenTime(MILLI, 1, MILLI, 0, Duration.ZERO);
              new OpenTime(DAY, 10, DAY, 0.5, DAY);
              ProviderSettings.builder("p")
                  .priority(1)
                  .halfOpenMaxCalls(1)
                  .successThreshold(1)
                  .halfOpenMaxDuration(MILLI)
                  .probeWait(Duration.ZERO)
                  .build();
              ProviderSettings.builder("p")
                  .priority(1_000_000)
                  .halfOpenMaxCalls(1_000)
                  .successThreshold(1_000)
                  .halfOpenMaxDuration(DAY)
                  .probeWait(Duration.ofSeconds(5))
                  .build();
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aPolicyTellsHowManyFailuresAloneOpen() {
    TripCondition slow = new TripCondition.SlowCallRate(50, SECOND, 10, TEN);

    assertThat(TripPolicy.DEFAULT.failuresThatOpen()).isEqualTo(5);
    assertThat(TripPolicy.anyOf(slow).failuresThatOpen()).isEqualTo(Integer.MAX_VALUE);
    assertThat(
            TripPolicy.anyOf(
                    slow,
                    new TripCondition.ConsecutiveFailures(9),
                    new TripCondition.FailureRate(50, 7, TEN),
                    new TripCondition.FailureCount(8, SECOND))
                .failuresThatOpen())
        .isEqualTo(7);
    assertThat(TripPolicy.anyOf(new TripCondition.FailureCount(8, SECOND), slow).failuresThatOpen())
        .isEqualTo(8);
  }

  @Test
  void aPolicyTellsWhatIsSlow() {
    assertThat(TripPolicy.DEFAULT.slowerThan()).isEmpty();
    assertThat(
            TripPolicy.anyOf(
                    new TripCondition.ConsecutiveFailures(9),
                    new TripCondition.SlowCallRate(50, SECOND, 10, TEN),
                    new TripCondition.SlowCallRate(90, SECOND, 1, MINUTE))
                .slowerThan())
        .contains(SECOND);
  }

  @Test
  void aPolicyDoesNotChangeWithTheListItWasMadeOf() {
    List<TripCondition> conditions =
        new java.util.ArrayList<>(List.of(new TripCondition.ConsecutiveFailures(3)));
    TripPolicy policy = new TripPolicy(conditions);

    conditions.clear();

    assertThat(policy).isEqualTo(TripPolicy.consecutiveFailures(3));
  }

  @Test
  void windowsAreShownAsPeopleWriteThem() {
    assertThat(TEN).hasToString("10 calls");
    assertThat(MINUTE).hasToString("60 s");
    assertThat(CallWindow.time(Duration.ofHours(2))).hasToString("2 h");
    assertThat(CallWindow.time(Duration.ofMillis(1500))).hasToString("1500 ms");
  }

  @Test
  void theDefaultsAreFiveFailuresSixtySecondsOneProbe() {
    ProviderSettings defaults = ProviderSettings.defaults("p");

    assertThat(defaults.priority()).isEqualTo(100);
    assertThat(defaults.tripPolicy()).isEqualTo(TripPolicy.consecutiveFailures(5));
    assertThat(defaults.openDuration()).isEqualTo(Duration.ofSeconds(60));
    assertThat(defaults.openTime().multiplier()).isEqualTo(1);
    assertThat(defaults.openTime().jitter()).isZero();
    assertThat(defaults.halfOpenMaxCalls()).isEqualTo(1);
    assertThat(defaults.successThreshold()).isEqualTo(1);
    assertThat(defaults.halfOpenMaxDuration()).isEqualTo(Duration.ofSeconds(60));
    assertThat(defaults.probeWait()).isEqualTo(Duration.ofMillis(50));
    assertThat(OptionalInt.of(defaults.tripPolicy().failuresThatOpen())).hasValue(5);
  }

  @Test
  void aBuilderOfSettingsKeepsEachOfThem() {
    ProviderSettings settings =
        ProviderSettings.builder("p")
            .priority(7)
            .failureThreshold(3)
            .tripOn(new TripCondition.FailureRate(50, 5, TEN))
            .classifier(OutcomeClassifier.builder().ignore(Exception.class).build())
            .openTime(OpenTime.exponential(SECOND, DAY))
            .halfOpenMaxCalls(4)
            .successThreshold(2)
            .halfOpenMaxDuration(SECOND)
            .probeWait(MILLI)
            .build();

    assertThat(settings.toBuilder().build()).isEqualTo(settings);
    assertThat(settings.toBuilder().tripPolicy(TripPolicy.DEFAULT).build().tripPolicy())
        .as("a policy replaces the conditions")
        .isEqualTo(TripPolicy.DEFAULT);
  }
}
