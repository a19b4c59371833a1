package io.fleetbreaker.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * An operation of ours beside the raw one of the same run.
 *
 * @param metric its name
 * @param mostP50 the greatest ratio of the medians that is good enough
 * @param mostP99 the same for the 99th percentiles; empty if nothing is asked
 */
record Comparison(
    String metric, Samples ours, Samples raw, double mostP50, OptionalDouble mostP99) {
  static final String HEAD =
      line(
          "metric",
          "ours_p50_us",
          "raw_p50_us",
          "ours_p99_us",
          "raw_p99_us",
          "ratio_p50",
          "ratio_p99",
          "target");

  /** Our median as a multiple of the raw one. */
  double ratioP50() {
    return ours.percentileMicros(50) / raw.percentileMicros(50);
  }

  /** The same of the 99th percentiles. */
  double ratioP99() {
    return ours.percentileMicros(99) / raw.percentileMicros(99);
  }

  boolean isMet() {
    return ratioP50() <= mostP50 && (mostP99.isEmpty() || ratioP99() <= mostP99.getAsDouble());
  }

  /** One line under {@link #HEAD}. */
  String line() {
    String p99 = mostP99.isPresent() ? ", p99 <= " + mostP99.getAsDouble() + "x" : "";
    return line(
        metric,
        micros(ours.percentileMicros(50)),
        micros(raw.percentileMicros(50)),
        micros(ours.percentileMicros(99)),
        micros(raw.percentileMicros(99)),
        ratio(ratioP50()),
        ratio(ratioP99()),
        "p50 <= " + mostP50 + "x" + p99 + ": " + (isMet() ? "met" : "MISSED"));
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-12s %12s %12s %12s %12s %10s %10s  %s", cells);
  }

  private static String micros(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
