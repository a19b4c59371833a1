package io.fleetbreaker.redis;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place of an entry in the history, {@code millis-sequence} as Redis writes it: both whole
 * numbers of 64 bits without a sign. Immutable.
 *
 * @param millis when it was committed, in milliseconds of the Redis server's clock
 * @param sequence counts the entries of one millisecond
 */
public record HistoryId(long millis, long sequence) implements Comparable<HistoryId> {
  /** Before every entry. */
  public static final HistoryId START = new HistoryId(0, 0);

  private static final Pattern FORM = Pattern.compile("(\\d{1,20})-(\\d{1,20})");

  /** The id that this text says, or empty if it is none. */
  public static Optional<HistoryId> of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new HistoryId(
              Long.parseUnsignedLong(matcher.group(1)), Long.parseUnsignedLong(matcher.group(2))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public int compareTo(HistoryId other) {
    int byMillis = Long.compareUnsigned(millis, other.millis);
    return byMillis != 0 ? byMillis : Long.compareUnsigned(sequence, other.sequence);
  }

  /** {@code millis-sequence}. */
  @Override
  public String toString() {
    return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
  }
}
