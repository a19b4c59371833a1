package io.fleetbreaker.fleet;

import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.HistoryId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest entries of the history as far as they have been read, without a hole: what one read
 * gives to many followers. Not thread-safe.
 */
final class HistoryRing {
  private final int most;
  private final Deque<HistoryItem> items = new ArrayDeque<>();

  /** Nothing is missing after this one; null before the first read. */
  private @Nullable HistoryId floor;

  /** An empty one that keeps so many entries; at least 1. */
  HistoryRing(int most) {
    this.most = most;
  }

  /** Where the history goes on from what is here; null before the first read. */
  @Nullable HistoryId tail() {
    return items.isEmpty() ? floor : items.getLast().id();
  }

  /** Forgets all, and begins after this entry. */
  void begin(HistoryId after) {
    items.clear();
    floor = after;
  }

  void clear() {
    items.clear();
    floor = null;
  }

  /** What follows the tail. */
  void append(List<HistoryItem> more) {
    for (HistoryItem item : more) {
      items.addLast(item);
      if (items.size() > most) {
        floor = items.removeFirst().id();
      }
    }
  }

  /** How an entry stands to what is here. */
  enum Place {
    /** Older than all here: to be read. */
    BEFORE,
    /** Here, or just before the first. */
    HERE,
    /** Between others, where it would be if it were there. */
    ABSENT,
    /** Newer than all here. */
    BEYOND
  }

  /** Where this entry is; only after the first read. */
  Place placeOf(HistoryId id) {
    HistoryId from = floor;
    HistoryId to = tail();
    if (from == null || to == null || id.compareTo(from) < 0) {
      return Place.BEFORE;
    }
    if (id.equals(from)) {
      return Place.HERE;
    }
    if (id.compareTo(to) > 0) {
      return Place.BEYOND;
    }
    return items.stream().anyMatch(item -> item.id().equals(id)) ? Place.HERE : Place.ABSENT;
  }

  /** So many at most after an entry that is {@link Place#HERE}. */
  List<HistoryItem> after(HistoryId id, int count) {
    List<HistoryItem> later = new ArrayList<>();
    for (HistoryItem item : items) {
      if (later.size() < count && item.id().compareTo(id) > 0) {
        later.add(item);
      }
    }
    return later;
  }
}
