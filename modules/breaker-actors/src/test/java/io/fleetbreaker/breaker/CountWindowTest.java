package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.breaker.RateWindow.Sample;
import org.junit.jupiter.api.Test;

class CountWindowTest {
  @Test
  void holdsNothingBeforeTheFirstCall() {
    assertThat(new CountWindow(3).sample(0, 0, 0)).isEqualTo(new Sample(0, 0));
    assertThat(new Sample(0, 0).percent()).isZero();
  }

  @Test
  void holdsAllCallsUntilItIsFull() {
    CountWindow window = new CountWindow(4);
    window.mark(1);
    window.mark(3);

    assertThat(window.sample(0, 3, 2)).isEqualTo(new Sample(3, 2));
    assertThat(window.sample(0, 4, 2)).isEqualTo(new Sample(4, 2));
    assertThat(window.sample(0, 4, 2).percent()).isEqualTo(50);
  }

  @Test
  void rollsOverByOneCallAtATime() {
    CountWindow window = new CountWindow(4);
    window.mark(1);
    window.mark(3);

    assertThat(window.sample(0, 5, 2)).as("calls 2 to 5").isEqualTo(new Sample(4, 1));
    assertThat(window.sample(0, 6, 2)).as("calls 3 to 6").isEqualTo(new Sample(4, 1));
    assertThat(window.sample(0, 7, 2)).as("calls 4 to 7").isEqualTo(new Sample(4, 0));
  }

  @Test
  void holdsOnlyTheLatestMarksWhenAllCallsAreMarked() {
    CountWindow window = new CountWindow(3);
    for (int call = 1; call <= 10; call++) {
      window.mark(call);

      long inWindow = Math.min(call, 3);
      assertThat(window.sample(0, call, call)).isEqualTo(new Sample(inWindow, inWindow));
    }
    assertThat(window.sample(0, 12, 10)).isEqualTo(new Sample(3, 1));
    assertThat(window.sample(0, 13, 10)).isEqualTo(new Sample(3, 0));
  }

  @Test
  void aWindowOfOneCallHoldsTheLast() {
    CountWindow window = new CountWindow(1);
    window.mark(1);
    assertThat(window.sample(0, 1, 1)).isEqualTo(new Sample(1, 1));
    assertThat(window.sample(0, 2, 1)).isEqualTo(new Sample(1, 0));
    window.mark(3);
    assertThat(window.sample(0, 3, 2)).isEqualTo(new Sample(1, 1));
  }

  @Test
  void timeDoesNotMoveIt() {
    CountWindow window = new CountWindow(3);

    assertThat(window.rotates()).isFalse();
    assertThatThrownBy(window::rotationNanos).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> window.rotate(0, 0, 0))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
