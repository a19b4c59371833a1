package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.CallCounts;
import org.junit.jupiter.api.Test;

class TallyTest {
  private final Tally tally = new Tally();

  @Test
  void eachWayToEndIsCountedByItself() {
    for (int i = 0; i < 7; i++) {
      tally.success();
    }
    for (int i = 0; i < 6; i++) {
      tally.failure(i < 2);
    }
    for (int i = 0; i < 5; i++) {
      tally.ignored();
    }
    for (int i = 0; i < 4; i++) {
      tally.rejection();
    }
    tally.slowSuccess();

    assertThat(tally.counts()).isEqualTo(new CallCounts(7, 6, 5, 1, 2, 4));
  }

  @Test
  void aLateSuccessIsASuccessButNotOnTime() {
    tally.success();
    tally.success();
    tally.wasLate();

    assertThat(tally.successesOnTime()).isEqualTo(1);
    assertThat(tally.counts().successful()).isEqualTo(2);
  }
}
