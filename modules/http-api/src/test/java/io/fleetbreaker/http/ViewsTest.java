package io.fleetbreaker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ViewsTest {

  @Test
  void timesAlwaysHaveSixFractionalDigits() {
    assertThat(Views.time(Instant.parse("2026-11-22T02:15:49Z")))
        .isEqualTo("2026-11-22T02:15:49.000000Z");
    assertThat(Views.time(Instant.parse("2026-11-22T02:15:49.123456789Z")))
        .isEqualTo("2026-11-22T02:15:49.123456Z");
  }

  @Test
  void aLongUptimeIsStillAPlainDecimal() {
    assertThat(Views.seconds(Duration.ofDays(1_000)).toPlainString()).isEqualTo("86400000.000");
  }

  @Test
  void providersOfOnePriorityAreInTheOrderOfTheirNames() {
    Snapshot snapshot =
        Snapshot.of(
            TestWorker.of(
                new TestBreaker("b", 2, 1),
                new TestBreaker("c", 1, 1),
                new TestBreaker("a", 2, 1)));

    assertThat(Views.status(snapshot).providers())
        .extracting(Views.StatusProvider::name)
        .containsExactly("c", "a", "b");
  }
}
