package io.fleetbreaker.cli.check;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * How long after the worker that tripped another one was open.
 *
 * @param millis the middle of what is possible
 * @param plusMinusMillis how far from it the truth may be
 */
public record Propagation(double millis, double plusMinusMillis) {

  /** The delay between two openings that are known to within an interval each. */
  static Propagation between(OpeningInterval origin, OpeningInterval other) {
    double middle = other.middleNanos() - origin.middleNanos();
    double half = (origin.width() + other.width()) / 2.0;
    return new Propagation(middle / 1e6, half / 1e6);
  }

  /** The delay of the last of {@code others}, or empty if there are none. */
  static Optional<Propagation> toLast(OpeningInterval origin, Collection<OpeningInterval> others) {
    return others.stream()
        .map(other -> between(origin, other))
        .max(Comparator.comparingDouble(Propagation::upperMillis));
  }

  /** It took no longer than this. */
  public double upperMillis() {
    return Math.max(0, millis + plusMinusMillis);
  }

  /** For people: {@code 4.2 ms ± 0.9 ms}. */
  public String text() {
    return String.format(
        Locale.ROOT, "%.1f ms \u00b1 %.1f ms", Math.max(0, millis), plusMinusMillis);
  }
}
