package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.breaker.RateWindow.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A window of 100 ns moves in steps of 10. */
class TimeWindowTest {
  private static final long WINDOW = 100;

  @ParameterizedTest
  @ValueSource(longs = {0, -1_000_000, Long.MAX_VALUE - 5, Long.MAX_VALUE - 95, Long.MIN_VALUE})
  void holdsACallForNineToTenStepsWhereverTheClockStarts(long start) {
    TimeWindow window = new TimeWindow(WINDOW, start);

    assertThat(window.rotates()).isTrue();
    assertThat(window.rotationNanos()).isEqualTo(start + 10);
    assertThat(window.sample(start, 3, 1)).isEqualTo(new Sample(3, 1));
    for (long passed = 0; passed < WINDOW; passed += 10) {
      window.rotate(start + passed, 3, 1);
      assertThat(window.rotationNanos()).isEqualTo(start + passed + 10);
      assertThat(window.sample(start + passed, 3, 1)).isEqualTo(new Sample(3, 1));
      assertThat(window.sample(start + passed + 9, 3, 1)).isEqualTo(new Sample(3, 1));
    }
    assertThat(window.sample(start + WINDOW, 3, 1)).isEqualTo(new Sample(0, 0));
    window.rotate(start + WINDOW, 3, 1);
    assertThat(window.sample(start + WINDOW, 3, 1)).isEqualTo(new Sample(0, 0));
    assertThat(window.sample(start + WINDOW, 5, 2)).isEqualTo(new Sample(2, 1));
  }

  @Test
  void eachStepLeavesByItself() {
    TimeWindow window = new TimeWindow(WINDOW, 0);
    // One call in each of the first ten steps, every second one marked.
    for (int step = 0; step < 10; step++) {
      window.rotate(step * 10L, step, step / 2);
    }
    assertThat(window.sample(99, 10, 5)).isEqualTo(new Sample(10, 5));

    assertThat(window.sample(100, 10, 5)).isEqualTo(new Sample(9, 5));
    assertThat(window.sample(110, 10, 5)).isEqualTo(new Sample(8, 4));
    assertThat(window.sample(189, 10, 5)).isEqualTo(new Sample(1, 1));
    assertThat(window.sample(190, 10, 5)).isEqualTo(new Sample(0, 0));
  }

  @Test
  void aSampleDoesNotNeedTheRotation() {
    TimeWindow rotated = new TimeWindow(WINDOW, 0);
    TimeWindow left = new TimeWindow(WINDOW, 0);
    rotated.rotate(10, 4, 2);
    left.rotate(10, 4, 2);
    rotated.rotate(105, 9, 3);

    assertThat(left.sample(105, 9, 3)).isEqualTo(rotated.sample(105, 9, 3));
    assertThat(left.sample(105, 9, 3)).isEqualTo(new Sample(5, 1));
  }

  @Test
  void aRotationThatIsNotDueChangesNothing() {
    TimeWindow window = new TimeWindow(WINDOW, 0);

    window.rotate(9, 5, 5);

    assertThat(window.rotationNanos()).isEqualTo(10);
    assertThat(window.sample(9, 5, 5)).isEqualTo(new Sample(5, 5));
  }

  @Test
  void aRotationThatComesLateMovesOnAsFarAsTimeHas() {
    TimeWindow window = new TimeWindow(WINDOW, 0);

    window.rotate(57, 5, 5);
    assertThat(window.rotationNanos()).isEqualTo(60);
    assertThat(window.sample(57, 6, 5)).isEqualTo(new Sample(6, 5));

    window.rotate(1_000_003, 6, 5);
    assertThat(window.rotationNanos()).isEqualTo(1_000_010);
    assertThat(window.sample(1_000_003, 7, 6)).isEqualTo(new Sample(1, 1));
  }

  @Test
  void totalsThatWereReadBeforeARotationGiveNothingNegative() {
    TimeWindow window = new TimeWindow(WINDOW, 0);
    window.rotate(200, 10, 5);

    assertThat(window.sample(200, 8, 4)).isEqualTo(new Sample(0, 0));
  }

  @Test
  void aMarkNeedsNoPlace() {
    TimeWindow window = new TimeWindow(WINDOW, 0);

    window.mark(1);

    assertThat(window.sample(0, 0, 0)).isEqualTo(new Sample(0, 0));
  }

  @Test
  void aWindowShorterThanItsStepsMovesOnWithEachNanosecond() {
    TimeWindow window = new TimeWindow(3, 0);

    assertThat(window.rotationNanos()).isEqualTo(1);
  }
}
