package io.fleetbreaker;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** Checks of settings: the message names setting, bound and value. */
final class Bounds {
  static final Duration MILLI = Duration.ofMillis(1);
  static final Duration DAY = Duration.ofHours(24);

  private Bounds() {}

  static void number(String setting, int value, int least, int most) {
    if (value < least || value > most) {
      throw refusal(setting, value < least, "" + least, "" + most, "" + value);
    }
  }

  static void number(String setting, double value, double least, double most) {
    // Not a number is neither below nor above.
    if (!(value >= least && value <= most)) {
      throw refusal(setting, value < least, "" + least, "" + most, "" + value);
    }
  }

  /** A percentage that can be reached, but not by nothing. */
  static void percent(String setting, double value) {
    if (!(value > 0 && value <= 100)) {
      throw new IllegalArgumentException(
          setting + " must be above 0 and at most 100 percent, was " + value);
    }
  }

  static void duration(String setting, Duration value, Duration least, Duration most) {
    boolean tooShort = value.compareTo(least) < 0;
    if (tooShort || value.compareTo(most) > 0) {
      throw refusal(setting, tooShort, shown(least), shown(most), shown(value));
    }
  }

  static String shown(Duration duration) {
    boolean wholeMillis = duration.truncatedTo(ChronoUnit.MILLIS).equals(duration);
    if (!wholeMillis || duration.compareTo(MILLI) < 0) {
      return duration.toString();
    }
    if (duration.toMillis() % 1000 != 0) {
      return duration.toMillis() + " ms";
    }
    boolean wholeHours = duration.toSeconds() % 3600 == 0;
    return wholeHours ? duration.toHours() + " h" : duration.toSeconds() + " s";
  }

  private static IllegalArgumentException refusal(
      String setting, boolean tooLittle, String least, String most, String value) {
    return new IllegalArgumentException(
        setting
            + (tooLittle ? " must be at least " + least : " must be at most " + most)
            + ", was "
            + value);
  }
}
