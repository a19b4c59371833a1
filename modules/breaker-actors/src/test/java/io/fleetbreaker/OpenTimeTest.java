package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenTimeTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 50, 1_000_001})
  void fixedIsAlwaysTheSame(int attempt) {
    OpenTime fixed = OpenTime.fixed(MINUTE);

    assertThat(fixed.ofAttempt(attempt, 0)).isEqualTo(MINUTE);
    assertThat(fixed.ofAttempt(attempt, 1)).isEqualTo(MINUTE);
  }

  @ParameterizedTest
  @CsvSource({"1,60", "2,120", "3,240", "4,480", "5,600", "6,600", "1000001,600"})
  void exponentialDoublesUpToItsCap(int attempt, long seconds) {
    OpenTime growing = new OpenTime(MINUTE, 2, Duration.ofMinutes(10), 0, MINUTE);

    assertThat(growing.ofAttempt(attempt, 0.5)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"0,54", "0.25,57", "0.5,60", "0.75,63", "1,66"})
  void jitterSpreadsAroundTheMiddle(double roll, long seconds) {
    OpenTime spread = OpenTime.exponential(MINUTE, Duration.ofMinutes(10));

    assertThat(spread.ofAttempt(1, roll)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void theLongestIsTheCapWithAllItsJitter() {
    OpenTime spread = OpenTime.exponential(MINUTE, Duration.ofMinutes(10));

    assertThat(spread.longest()).isEqualTo(Duration.ofMinutes(11));
    assertThat(spread.ofAttempt(100, 1)).isEqualTo(spread.longest());
    assertThat(OpenTime.fixed(MINUTE).longest())
        .as("a Retry-After may lead there")
        .isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void theShortestIsNeverNothing() {
    OpenTime tiny = new OpenTime(Duration.ofMillis(1), 1, Duration.ofMillis(1), 0.5, MINUTE);

    assertThat(tiny.ofAttempt(1, 0)).isEqualTo(Duration.ofNanos(500_000));
  }

  @Test
  void aCapShorterThanTheBaseIsTheBase() {
    OpenTime open = new OpenTime(MINUTE, 2, Duration.ofSeconds(5), 0, MINUTE);

    assertThat(open.max()).isEqualTo(MINUTE);
    assertThat(open.ofAttempt(3, 0.5)).isEqualTo(MINUTE);
  }

  @Test
  void aRetryAfterIsTakenWithinOneSecondAndTheCap() {
    OpenTime open = OpenTime.fixed(MINUTE);

    assertThat(open.clamp(Duration.ofSeconds(7))).isEqualTo(Duration.ofSeconds(7));
    assertThat(open.clamp(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
    assertThat(open.clamp(Duration.ofMillis(999))).isEqualTo(Duration.ofSeconds(1));
    assertThat(open.clamp(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    assertThat(open.clamp(Duration.ofSeconds(-7))).isEqualTo(Duration.ofSeconds(1));
    assertThat(open.clamp(Duration.ofMinutes(10))).isEqualTo(Duration.ofMinutes(10));
    assertThat(open.clamp(Duration.ofDays(1))).isEqualTo(Duration.ofMinutes(10));
    assertThat(open.clamp(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void aBaseBelowOneSecondIsTheLeastARetryAfterLeadsTo() {
    OpenTime quick = OpenTime.fixed(Duration.ofMillis(200));

    assertThat(quick.clamp(Duration.ofMillis(100))).isEqualTo(Duration.ofMillis(200));
    assertThat(quick.clamp(Duration.ofMillis(300))).isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void byDefaultFiveStableMinutesMakeTheNextOpenTimeTheFirstAgain() {
    assertThat(OpenTime.fixed(MINUTE).resetAfter()).isEqualTo(Duration.ofMinutes(5));
    assertThat(OpenTime.exponential(MINUTE, MINUTE).resetAfter()).isEqualTo(Duration.ofMinutes(5));
  }
}
