package io.fleetbreaker.http;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of a history entry, {@code millis-sequence}: its place in the history. Immutable.
 *
 * @param millis when the entry was made, by the Redis server's clock
 * @param sequence its number within that millisecond
 */
record EntryId(long millis, long sequence) implements Comparable<EntryId> {
  /** Before every entry. */
  static final EntryId START = new EntryId(0, 0);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");
  private static final Comparator<EntryId> ORDER =
      Comparator.comparingLong(EntryId::millis).thenComparingLong(EntryId::sequence);

  /** The id that {@code text} is, or empty if it is none. */
  static Optional<EntryId> parse(String text) {
    Matcher parts = FORM.matcher(text);
    return parts.matches()
        ? Optional.of(new EntryId(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2))))
        : Optional.empty();
  }

  /**
   * The id in a query.
   *
   * @throws ProblemException if it is none
   */
  static Optional<EntryId> of(QueryParameters query, String parameter) {
    return query.parsed(
        parameter, "the id of a history entry, such as 1795313749364-0", EntryId::parse);
  }

  boolean isAfter(EntryId other) {
    return compareTo(other) > 0;
  }

  String text() {
    return millis + "-" + sequence;
  }

  @Override
  public int compareTo(EntryId other) {
    return ORDER.compare(this, other);
  }
}
