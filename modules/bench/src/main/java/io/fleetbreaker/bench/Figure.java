package io.fleetbreaker.bench;

import java.util.Locale;

/**
 * A number that has a bound of its own and nothing to be compared with.
 *
 * @param metric its name
 * @param most the greatest that is good enough
 * @param unit of both
 * @param what it counts, for people
 */
record Figure(String metric, double measured, double most, String unit, String what) {
  static final String HEAD =
      String.format(Locale.ROOT, "%-22s %12s  %-12s %s", "metric", "measured", "unit", "target");

  boolean isMet() {
    return measured <= most;
  }

  /** One line under {@link #HEAD}. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%-22s %12s  %-12s <= %s: %s (%s)",
        metric,
        shown(measured),
        unit,
        shown(most),
        isMet() ? "met" : "MISSED",
        what);
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.2f", value);
  }
}
