package io.fleetbreaker.fleet;

import io.fleetbreaker.redis.FleetStore;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.HistoryId;
import io.fleetbreaker.redis.HistoryRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads pages of the history, each with a bounded number of reads. Blocks. */
final class HistoryPages {
  /** Entries read at once: about half a megabyte. */
  private static final int SLICE = 500;

  /** Entries looked at for one page. */
  private static final int MOST_LOOKED_AT = 2_000;

  /** The end of the year 9999: a stranger's id may say anything. */
  private static final long LAST_MILLIS = 253_402_300_799_999L;

  private final FleetStore store;
  private final HistoryQuery query;
  private final List<HistoryEntry> entries = new ArrayList<>();
  private Optional<HistoryId> last;
  private boolean gap;
  private int skipped;
  private int lookedAt;

  private HistoryPages(FleetStore store, HistoryQuery query) {
    this.store = store;
    this.query = query;
    this.last = query.after().or(query::before).flatMap(HistoryId::of);
  }

  /** The page that this query wants. */
  static HistoryPage read(FleetStore store, HistoryQuery query) {
    return new HistoryPages(store, query).read();
  }

  private HistoryPage read() {
    boolean more = true;
    while (more && entries.size() < query.limit() && lookedAt < MOST_LOOKED_AT) {
      HistorySlice slice = next();
      boolean left = take(slice.items());
      more = left || slice.more();
    }
    return new HistoryPage(
        entries, gap, more ? last.map(HistoryId::toString) : Optional.empty(), skipped);
  }

  private HistorySlice next() {
    int left = Math.min(query.limit() - entries.size(), MOST_LOOKED_AT - lookedAt);
    // Of one provider there may be few among many.
    int count = Math.min(SLICE, query.provider().isPresent() ? MOST_LOOKED_AT - lookedAt : left);
    if (query.after().isEmpty()) {
      return store.historyBefore(last, count);
    }
    HistoryTail tail = store.historyAfter(last.orElse(HistoryId.START), count);
    gap |= !tail.known();
    return tail.slice();
  }

  /** Whether some were left because the page is full. */
  private boolean take(List<HistoryItem> items) {
    for (HistoryItem item : items) {
      if (entries.size() == query.limit()) {
        return true;
      }
      last = Optional.of(item.id());
      lookedAt++;
      if (item.told().isEmpty()) {
        skipped++;
      } else if (query.provider().isEmpty()
          || query.provider().get().equals(item.told().get().provider())) {
        entries.add(entry(item.id(), item.told().get()));
      }
    }
    return false;
  }

  static HistoryEntry entry(HistoryId id, HistoryRecord told) {
    return new HistoryEntry(
        id.toString(),
        Instant.ofEpochMilli(Math.min(Math.max(0, id.millis()), LAST_MILLIS)),
        told.provider(),
        told.from(),
        told.to(),
        told.override(),
        told.revision(),
        told.worker(),
        told.operator(),
        told.reason(),
        told.failureCount(),
        told.successCount());
  }
}
