package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  @Test
  void theBoundDoublesUpToTheGreatest() {
    assertThat(backoff.bound(0)).isEqualTo(Duration.ofMillis(100));
    assertThat(backoff.bound(3)).isEqualTo(Duration.ofMillis(800));
    assertThat(backoff.bound(6)).isEqualTo(Duration.ofSeconds(5));
    assertThat(backoff.bound(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void everyWaitLiesBetweenZeroAndTheBound() {
    for (int i = 0; i < 1000; i++) {
      assertThat(backoff.wait(2)).isBetween(Duration.ZERO, Duration.ofMillis(400));
    }
  }

  @Test
  void oneLinePassesPerIntervalAndTellsHowManyWereHeldBack() {
    LogLimiter limiter = new LogLimiter(Duration.ofNanos(100));

    assertThat(limiter.tryPass(Long.MAX_VALUE - 10)).isEqualTo(OptionalLong.of(0));
    assertThat(limiter.tryPass(Long.MAX_VALUE)).isEmpty();
    assertThat(limiter.tryPass(Long.MIN_VALUE + 50)).isEmpty();
    assertThat(limiter.tryPass(Long.MIN_VALUE + 89)).isEqualTo(OptionalLong.of(2));
  }
}
