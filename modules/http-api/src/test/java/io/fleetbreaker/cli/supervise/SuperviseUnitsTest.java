package io.fleetbreaker.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SuperviseUnitsTest {

  @Test
  void signalsAreReadAsTheyWereWritten() {
    List<WorkerSignal> signals =
        List.of(
            new WorkerSignal.Ready(12, List.of(8000, 8001)),
            new WorkerSignal.Ready(12, List.of()),
            new WorkerSignal.Refused("key must be x, was 'y'"));

    assertThat(signals)
        .allSatisfy(signal -> assertThat(WorkerSignal.parse(signal.toLine())).contains(signal));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ready pid=1 ports=1",
        "fleetbreaker-worker: ready pid=x ports=1",
        "fleetbreaker-worker: ready pid=99999999999999999999 ports=1",
        "12:00 INFO fleetbreaker-worker: refused x"
      })
  void allOtherLinesAreForPeople(String line) {
    assertThat(WorkerSignal.parse(line)).isEmpty();
  }

  @Test
  void theWaitGrowsToItsLimitAndForgetsAWorkerThatLived() {
    Backoff backoff = new Backoff();
    Duration atOnce = Duration.ofMillis(5);

    assertThat(backoff.after(atOnce)).isEqualTo(Backoff.SHORTEST);
    assertThat(backoff.after(atOnce)).isEqualTo(Backoff.SHORTEST.multipliedBy(2));
    for (int i = 0; i < 80; i++) {
      assertThat(backoff.after(atOnce)).isBetween(Backoff.SHORTEST, Backoff.LONGEST);
    }
    assertThat(backoff.after(atOnce)).isEqualTo(Backoff.LONGEST);
    assertThat(backoff.after(Backoff.SETTLED)).isEqualTo(Backoff.SHORTEST);
  }

  @Test
  void wantedJvmOptionsReplaceTheDefaults() {
    assertThat(JvmLauncher.options(" -Xmx1g  -Dx=y ", 17)).containsExactly("-Xmx1g", "-Dx=y");
    assertThat(JvmLauncher.options(null, 17)).contains("-XX:+UseSerialGC", "-Xmx256m");
    assertThat(JvmLauncher.options(null, 17)).noneMatch(option -> option.startsWith("--"));
    assertThat(JvmLauncher.options("", 25)).contains("--sun-misc-unsafe-memory-access=allow");
  }
}
