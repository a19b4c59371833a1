package io.fleetbreaker.cli.check;

/**
 * Between which two moments a worker opened, by the clock of the one who asks.
 *
 * <p>A worker that says "open for {@code age}" said it after the request was sent and before the
 * answer was received, so it opened between {@code sent - age} and {@code received - age}. No clock
 * of another machine enters, only a duration measured there. Every further answer narrows it.
 *
 * @param earliestNanos no earlier than this
 * @param latestNanos no later than this
 */
record OpeningInterval(long earliestNanos, long latestNanos) {

  static OpeningInterval of(long sentNanos, long receivedNanos, double ageMillis) {
    long age = Math.round(ageMillis * 1e6);
    return new OpeningInterval(sentNanos - age, receivedNanos - age);
  }

  /** What both say; the narrower one if, by rounding or drift, they do not meet. */
  OpeningInterval and(OpeningInterval other) {
    long earliest = Math.max(earliestNanos, other.earliestNanos);
    long latest = Math.min(latestNanos, other.latestNanos);
    if (earliest <= latest) {
      return new OpeningInterval(earliest, latest);
    }
    return width() <= other.width() ? this : other;
  }

  long width() {
    return latestNanos - earliestNanos;
  }

  double middleNanos() {
    return earliestNanos + width() / 2.0;
  }
}
