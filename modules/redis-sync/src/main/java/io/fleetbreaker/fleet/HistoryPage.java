package io.fleetbreaker.fleet;

import java.util.List;
import java.util.Optional;

/**
 * A part of the history. Immutable.
 *
 * <p>A page of one provider's entries may hold less than was asked for, and even none, although
 * {@code next} says that there are more: no more than some thousand entries are looked at for one
 * page.
 *
 * <pre>{@code
 * HistoryPage page = new HistoryPage(List.of(), false, Optional.of("1795313749364-0"));
 * Optional<HistoryQuery> older = page.next().map(id -> HistoryQuery.before(id, 100));
 * assert older.orElseThrow().before().equals(page.next());
 * }</pre>
 *
 * @param entries in the order the query asks for
 * @param gap whether entries after the query's {@code after} may be lost: the history does not hold
 *     the entry of that id any more, since it was trimmed past it, or the store has lost it
 * @param next what to ask for next, as {@code after} or {@code before}; empty if nothing is left
 * @param skipped how many entries there were besides that nobody can read
 */
public record HistoryPage(
    List<HistoryEntry> entries, boolean gap, Optional<String> next, int skipped) {
  public HistoryPage {
    entries = List.copyOf(entries);
  }

  /** All of these can be read. */
  public HistoryPage(List<HistoryEntry> entries, boolean gap, Optional<String> next) {
    this(entries, gap, next, 0);
  }
}
