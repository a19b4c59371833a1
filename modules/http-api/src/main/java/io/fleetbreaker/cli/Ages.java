package io.fleetbreaker.cli;

import java.time.Duration;

/** Durations for people. */
final class Ages {
  private Ages() {}

  /** Such as {@code 850 ms}, {@code 42 s}, {@code 3 min}, {@code 2 h 5 min}, {@code 4 d 1 h}. */
  static String text(long millis) {
    Duration age = Duration.ofMillis(Math.max(0, millis));
    if (age.toSeconds() < 1) {
      return age.toMillis() + " ms";
    } else if (age.toMinutes() < 2) {
      return age.toSeconds() + " s";
    } else if (age.toHours() < 1) {
      return age.toMinutes() + " min";
    } else if (age.toDays() < 2) {
      return age.toHours() + " h " + age.toMinutesPart() + " min";
    }
    return age.toDays() + " d " + age.toHoursPart() + " h";
  }
}
