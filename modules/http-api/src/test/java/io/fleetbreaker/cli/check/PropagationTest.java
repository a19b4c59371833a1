package io.fleetbreaker.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PropagationTest {
  private static final long MS = 1_000_000;

  @Test
  void anAnswerBoundsTheOpeningByItsRequestAndItsReceipt() {
    OpeningInterval interval = OpeningInterval.of(100 * MS, 103 * MS, 20.5);

    assertThat(interval).isEqualTo(new OpeningInterval(79_500_000, 82_500_000));
  }

  @Test
  void everyFurtherAnswerNarrowsTheInterval() {
    OpeningInterval one = new OpeningInterval(10 * MS, 14 * MS);
    OpeningInterval two = new OpeningInterval(12 * MS, 20 * MS);

    assertThat(one.and(two)).isEqualTo(new OpeningInterval(12 * MS, 14 * MS));
  }

  @Test
  void ofTwoThatDoNotMeetTheNarrowerIsKept() {
    OpeningInterval narrow = new OpeningInterval(10 * MS, 11 * MS);
    OpeningInterval wide = new OpeningInterval(12 * MS, 20 * MS);

    assertThat(narrow.and(wide)).isEqualTo(narrow);
    assertThat(wide.and(narrow)).isEqualTo(narrow);
  }

  @Test
  void theDelayIsUncertainByHalfOfBothIntervals() {
    OpeningInterval origin = new OpeningInterval(10 * MS, 11 * MS);
    OpeningInterval other = new OpeningInterval(14 * MS, 15 * MS);

    Propagation time = Propagation.between(origin, other);

    assertThat(time.millis()).isCloseTo(4.0, within(1e-9));
    assertThat(time.plusMinusMillis()).isCloseTo(1.0, within(1e-9));
    assertThat(time.upperMillis()).isCloseTo(5.0, within(1e-9));
    assertThat(time.text()).isEqualTo("4.0 ms \u00b1 1.0 ms");
  }

  @Test
  void theLastWorkerCounts() {
    OpeningInterval origin = new OpeningInterval(0, 0);
    List<OpeningInterval> others =
        List.of(new OpeningInterval(3 * MS, 3 * MS), new OpeningInterval(7 * MS, 7 * MS));

    assertThat(Propagation.toLast(origin, others)).contains(new Propagation(7, 0));
    assertThat(Propagation.toLast(origin, List.of())).isEmpty();
  }

  @Test
  void noDelayIsShownAsNegative() {
    assertThat(new Propagation(-0.4, 0.3).text()).isEqualTo("0.0 ms \u00b1 0.3 ms");
    assertThat(new Propagation(-0.4, 0.3).upperMillis()).isZero();
  }
}
