package io.fleetbreaker;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;

/**
 * An HTTP date (RFC 9110, 5.6.7): {@code Sun, 06 Nov 1994 08:49:37 GMT}, or one of the two old
 * formats that a recipient must still read.
 */
final class HttpDate {
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH);

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss uuuu", Locale.ENGLISH);

  /** No date is longer; what is, need not be looked at. */
  private static final int LONGEST = 40;

  private HttpDate() {}

  /**
   * The moment, or empty if this is no such date.
   *
   * @param now places a year of two digits: at most fifty years after it
   */
  static Optional<Instant> parse(String value, Instant now) {
    String text = value.strip();
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      LocalDateTime utc;
      if (!text.contains(",")) {
        utc = LocalDateTime.parse(text.replace("  ", " "), ASCTIME);
      } else if (text.contains("-")) {
        utc = LocalDateTime.parse(text, rfc850(now));
      } else {
        utc = LocalDateTime.parse(text, IMF_FIXDATE);
      }
      return Optional.of(utc.toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** {@code Sunday, 06-Nov-94 08:49:37 GMT}. */
  private static DateTimeFormatter rfc850(Instant now) {
    int earliest = now.atOffset(ZoneOffset.UTC).getYear() - 49;
    return new DateTimeFormatterBuilder()
        .appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(ChronoField.YEAR, 2, 2, earliest)
        .appendPattern(" HH:mm:ss 'GMT'")
        .toFormatter(Locale.ENGLISH);
  }
}
