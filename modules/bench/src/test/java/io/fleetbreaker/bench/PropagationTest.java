package io.fleetbreaker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PropagationTest {

  @Test
  void aPercentileIsTheLeastTimeThatSoManyDoNotExceed() {
    Samples samples = new Samples();
    LongStream.rangeClosed(1, 2_000).map(i -> 2_001 - i).forEach(i -> samples.add(i * 1_000));

    assertThat(samples.size()).isEqualTo(2_000);
    assertThat(samples.percentileMicros(50)).isEqualTo(1_000);
    assertThat(samples.percentileMicros(99)).isEqualTo(1_980);
    assertThat(samples.percentileMicros(100)).isEqualTo(2_000);
  }

  @Test
  void oneTimeIsEveryPercentile() {
    Samples one = samples(1_500);

    assertThat(one.percentileMicros(0.001)).isEqualTo(1.5);
    assertThat(one.percentileMicros(50)).isEqualTo(1.5);
    assertThat(one.percentileMicros(99)).isEqualTo(1.5);
  }

  @Test
  void nothingMeasuredHasNoPercentile() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new Samples().percentileMicros(50))
        .withMessage("nothing was measured");
  }

  @Test
  void aComparisonIsOneLineOfSevenColumnsAndAVerdict() {
    Comparison comparison =
        new Comparison(
            "last-of-4",
            samples(130_000, 400_000),
            samples(100_000, 200_000),
            1.5,
            OptionalDouble.of(1.9));

    assertThat(comparison.line().strip().split(" +", 8))
        .containsExactly(
            "last-of-4",
            "130.0",
            "100.0",
            "400.0",
            "200.0",
            "1.30",
            "2.00",
            "p50 <= 1.5x, p99 <= 1.9x: MISSED");
    assertThat(Comparison.HEAD.strip().split(" +"))
        .containsExactly(
            "metric",
            "ours_p50_us",
            "raw_p50_us",
            "ours_p99_us",
            "raw_p99_us",
            "ratio_p50",
            "ratio_p99",
            "target");
  }

  @Test
  void aTargetIsMetWhenItIsJustReached() {
    assertThat(compared(130, 1.3, OptionalDouble.empty()).isMet()).isTrue();
    assertThat(compared(131, 1.3, OptionalDouble.empty()).isMet()).isFalse();
    assertThat(compared(130, 1.5, OptionalDouble.of(1.3)).isMet()).isTrue();
    assertThat(compared(130, 1.5, OptionalDouble.of(1.2)).isMet()).isFalse();
  }

  @Test
  void aFigureSaysWhetherItsBoundIsKept() {
    assertThat(new Figure("commands-closed", 0, 0, "commands", "for nothing").line())
        .matches("commands-closed +0  commands +<= 0: met \\(for nothing\\)");
    assertThat(new Figure("commands-at-rest-1", 3.25, 3, "commands", "each").line())
        .matches("commands-at-rest-1 +3\\.25  commands +<= 3: MISSED \\(each\\)");
  }

  @Test
  void eachOperationIsMeasuredInEveryRoundAndAsOftenFirst() {
    Samples ours = new Samples();
    Samples raw = new Samples();
    StringBuilder order = new StringBuilder();

    Alternation.run(4, ours, raw, () -> note(order, 'o'), () -> note(order, 'r'));

    assertThat(order).hasToString("roorroorro");
    assertThat(ours.size()).isEqualTo(4);
    assertThat(raw.size()).isEqualTo(4);
  }

  @Test
  void allCommandsAreCountedButThePingsAndTheCounting() {
    String answer =
        """
        # Commandstats
        cmdstat_getrange:calls=20,usec=6886,usec_per_call=0.34,rejected_calls=0,failed_calls=0
        cmdstat_client|setname:calls=3,usec=6,usec_per_call=2.00,rejected_calls=0,failed_calls=0
        cmdstat_ping:calls=100,usec=6,usec_per_call=2.00,rejected_calls=0,failed_calls=0
        cmdstat_info:calls=1000,usec=6,usec_per_call=2.00,rejected_calls=0,failed_calls=0
        """;

    assertThat(Commands.count(answer)).isEqualTo(23);
  }

  @Test
  void theCommandLineIsReadOrRefusedByName() {
    Propagation.Options given =
        Propagation.Options.of("--rounds", "20", "--only", "lock", "--only", "commit");

    assertThat(given.rounds()).isEqualTo(20);
    assertThat(given.wants("lock")).isTrue();
    assertThat(given.wants("last-of-4")).isFalse();
    assertThat(Propagation.Options.of().wants("last-of-4")).isTrue();
    assertRefused("--rounds must be 10 to 100000, was 9", "--rounds", "9");
    assertRefused("--only knows no metric locks", "--only", "locks");
    assertRefused("--quick lacks a value, or is unknown", "--quick");
  }

  private static void assertRefused(String message, String... args) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Propagation.Options.of(args))
        .withMessage(message);
  }

  private static long note(StringBuilder order, char what) {
    order.append(what);
    return 1;
  }

  private static Comparison compared(long oursMicros, double mostP50, OptionalDouble mostP99) {
    return new Comparison(
        "commit", samples(oursMicros * 1_000), samples(100_000), mostP50, mostP99);
  }

  private static Samples samples(long... nanos) {
    Samples samples = new Samples();
    IntStream.range(0, nanos.length).forEach(i -> samples.add(nanos[i]));
    return samples;
  }
}
