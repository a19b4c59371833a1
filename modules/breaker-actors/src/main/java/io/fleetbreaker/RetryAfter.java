package io.fleetbreaker;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** The value of a {@code Retry-After} header (RFC 9110, 10.2.3). */
final class RetryAfter {
  /** What is longer is this: far beyond any open time, and no number of it overflows. */
  static final Duration LONGEST = Duration.ofDays(365);

  /** The fraction is not in the standard, but some providers send one. */
  private static final Pattern SECONDS = Pattern.compile("([0-9]{1,40})(\\.[0-9]{1,40})?");

  /** So many digits are still an int. */
  private static final int DIGITS = 9;

  private RetryAfter() {}

  /** The wait it asks for, from zero to {@link #LONGEST}; empty if it cannot be read. */
  static Optional<Duration> parse(String value, Instant now) {
    String trimmed = value.strip();
    var seconds = SECONDS.matcher(trimmed);
    if (seconds.matches()) {
      return Optional.of(ofSeconds(seconds.group(1), seconds.group(2) != null));
    }
    return HttpDate.parse(trimmed, now).map(date -> between(now, date));
  }

  private static Duration ofSeconds(String digits, boolean fraction) {
    String significant = digits.replaceFirst("^0+(?=.)", "");
    if (significant.length() > DIGITS) {
      return LONGEST;
    }
    return shortest(Duration.ofSeconds(Integer.parseInt(significant) + (fraction ? 1 : 0)));
  }

  private static Duration between(Instant now, Instant date) {
    return date.isBefore(now) ? Duration.ZERO : shortest(Duration.between(now, date));
  }

  private static Duration shortest(Duration wait) {
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }
}
