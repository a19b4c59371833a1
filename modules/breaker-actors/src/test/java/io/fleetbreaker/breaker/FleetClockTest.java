package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetClockTest {
  private final ManualTicker ticker = new ManualTicker(1_000);
  private final AtomicLong wallMillis = new AtomicLong(7_000);
  private final InstantSource wall = () -> Instant.ofEpochMilli(wallMillis.get());
  private final FleetClock clock = new FleetClock(ticker, wall);
  private final List<String> rung = new ArrayList<>();

  private void pass(long nanos) {
    ticker.advance(Duration.ofNanos(nanos));
    clock.tick();
  }

  @Test
  void coarseTimeStandsStillBetweenTicks() {
    ticker.advance(Duration.ofNanos(5));
    wallMillis.set(8_000);

    assertThat(clock.nanos()).isEqualTo(1_005);
    assertThat(clock.coarseNanos()).isEqualTo(1_000);
    assertThat(clock.coarseMillis()).isEqualTo(7_000);
    clock.tick();
    assertThat(clock.coarseNanos()).isEqualTo(1_005);
    assertThat(clock.coarseMillis()).isEqualTo(8_000);
  }

  @Test
  void theSystemsClockGoesByItself() {
    FleetClock system = FleetClock.system();

    long first = system.nanos();

    assertThat(system.nanos() - first).isNotNegative();
    assertThat(system.coarseMillis()).isPositive();
  }

  @Test
  void anAlarmGoesOffOnceAtTheFirstTickThatIsNotEarlier() {
    clock.alarm(1_100, () -> rung.add("a"));

    pass(99);
    assertThat(rung).isEmpty();
    pass(1);
    assertThat(rung).containsExactly("a");
    pass(100);
    assertThat(rung).containsExactly("a");
  }

  @Test
  void anAlarmInThePastGoesOffAtTheNextTick() {
    clock.alarm(-500, () -> rung.add("a"));

    clock.tick();

    assertThat(rung).containsExactly("a");
  }

  @Test
  void alarmsGoOffInTheOrderOfTheirTimesThenOfTheirMaking() {
    clock.alarm(1_300, () -> rung.add("c"));
    clock.alarm(1_100, () -> rung.add("a1"));
    clock.alarm(1_200, () -> rung.add("b"));
    clock.alarm(1_100, () -> rung.add("a2"));

    pass(1_000);

    assertThat(rung).containsExactly("a1", "a2", "b", "c");
  }

  @Test
  void aCancelledAlarmStaysSilentAndOthersOfItsTimeDoNot() {
    FleetClock.Alarm gone = clock.alarm(1_100, () -> rung.add("gone"));
    clock.alarm(1_100, () -> rung.add("stays"));

    clock.cancel(gone);
    clock.cancel(gone);
    pass(100);

    assertThat(rung).containsExactly("stays");
  }

  @Test
  void anAlarmThatThrowsKeepsNoOtherFromGoingOff() {
    clock.alarm(
        1_100,
        () -> {
          throw new IllegalStateException("broken alarm");
        });
    clock.alarm(1_200, () -> rung.add("b"));

    pass(1_000);

    assertThat(rung).containsExactly("b");
    assertThat(clock.coarseNanos()).isEqualTo(2_000);
  }

  @Test
  void anAlarmMayMakeAndCancelAlarms() {
    FleetClock.Alarm later = clock.alarm(1_300, () -> rung.add("later"));
    clock.alarm(
        1_100,
        () -> {
          clock.cancel(later);
          clock.alarm(1_150, () -> rung.add("made"));
        });

    pass(1_000);

    assertThat(rung).containsExactly("made");
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 150, Long.MIN_VALUE, -100})
  void alarmsKeepTheirOrderWhereTheClockWrapsOrPassesZero(long start) {
    ManualTicker odd = new ManualTicker(start);
    FleetClock wrapping = new FleetClock(odd, wall);
    wrapping.alarm(start + 300, () -> rung.add("c"));
    wrapping.alarm(start + 100, () -> rung.add("a"));
    wrapping.alarm(start + 200, () -> rung.add("b"));

    odd.advance(Duration.ofNanos(99));
    wrapping.tick();
    assertThat(rung).isEmpty();
    odd.advance(Duration.ofNanos(101));
    wrapping.tick();
    assertThat(rung).containsExactly("a", "b");
    odd.advance(Duration.ofNanos(100));
    wrapping.tick();
    assertThat(rung).containsExactly("a", "b", "c");
  }
}
