package io.fleetbreaker.bench;

import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes what was measured as Markdown. */
final class Report {
  private static final String ABSENT = "-";

  private Report() {}

  /** When and where; numbers without it mean little. */
  static String machine() {
    return "%s, %d CPUs, %s %s %s, Java %s (%s)"
        .formatted(
            LocalDate.now(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"),
            System.getProperty("java.version"),
            System.getProperty("java.vm.name"));
  }

  /** Each method, with its ratio to each peer that a bound names. */
  static String methods(Measured run) {
    return run.benchmarks().stream()
        .map(benchmark -> methods(run, benchmark))
        .collect(Collectors.joining("\n"));
  }

  private static String methods(Measured run, String benchmark) {
    List<Measured.Method> peers =
        Bound.ALL.stream()
            .filter(bound -> bound.benchmark().equals(benchmark))
            .map(Bound::peer)
            .distinct()
            .flatMap(peer -> run.find(benchmark, peer).stream())
            .toList();
    String title = "%s, %d %s".formatted(benchmark, run.threads(), threads(run.threads()));
    Stream<String> head =
        Stream.concat(
            Stream.of(title, "ns/op", "error", "bytes/op"),
            peers.stream().map(peer -> "/ " + peer.name()));
    Stream<String> rows =
        run.methods().stream()
            .filter(method -> method.benchmark().equals(benchmark))
            .map(method -> row(method, peers));
    return table(head.toList(), rows);
  }

  private static String row(Measured.Method method, List<Measured.Method> peers) {
    return row(
        Stream.concat(
                Stream.of(
                    method.name(),
                    number(method.nanos()),
                    Double.isNaN(method.error()) ? ABSENT : number(method.error()),
                    number(method.bytes())),
                peers.stream().map(peer -> ratio(method.nanos() / peer.nanos())))
            .toList());
  }

  /** Each bound that these runs can say something about. */
  static String bounds(List<Measured> runs) {
    Stream<String> head =
        Stream.concat(
            Stream.of("what", "ours", "against"),
            runs.stream().map(run -> run.threads() + " " + threads(run.threads())));
    Stream<String> rows =
        Bound.ALL.stream()
            .filter(bound -> runs.stream().anyMatch(run -> run.ratio(bound).isPresent()))
            .map(bound -> row(bound, runs));
    return table(head.toList(), rows);
  }

  private static String row(Bound bound, List<Measured> runs) {
    return row(
        Stream.concat(
                Stream.of(bound.what(), bound.ours(), bound.peer()),
                runs.stream().map(run -> against(run.ratio(bound), bound.with(run.threads()))))
            .toList());
  }

  private static String against(Optional<Double> measured, @Nullable Double most) {
    return measured
        .map(ratio -> most == null ? ratio(ratio) : ratio(ratio) + ", " + verdict(ratio, most, "x"))
        .orElse(ABSENT);
  }

  /** Whether a number is as small as it should be. */
  static String verdict(double measured, double most, String unit) {
    return "bound %s%s: %s".formatted(most, unit, measured <= most ? "met" : "MISSED");
  }

  static String table(List<String> head, Stream<String> rows) {
    return row(head) + "|---".repeat(head.size()) + "|\n" + rows.collect(Collectors.joining());
  }

  static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** Three digits that count, and none for what is as good as nothing. */
  static String number(double value) {
    if (value < 0.01) {
      return "0";
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }

  static String ratio(double value) {
    return String.format(Locale.ROOT, value < 0.1 ? "%.3fx" : "%.2fx", value);
  }

  private static String threads(int count) {
    return count == 1 ? "thread" : "threads";
  }
}
