package io.fleetbreaker.redis;

import io.fleetbreaker.State;
import io.fleetbreaker.redis.FleetStore.Changes;
import io.fleetbreaker.redis.FleetStore.HistoryItem;
import io.fleetbreaker.redis.FleetStore.HistorySlice;
import io.fleetbreaker.redis.FleetStore.HistoryTail;
import io.fleetbreaker.redis.FleetStore.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The twin of the mark, the history and the index in Redis. Not thread-safe: the store that owns it
 * guards it.
 */
final class InMemoryHistory {
  private static final int KEPT = 10_000;
  private static final int MOST_CHANGES = 1_000;
  private static final int MOST_NAMES = 10_000;

  private final Set<String> notClosed = new TreeSet<>();
  private final List<Entry> entries = new ArrayList<>();
  private String mark = "";

  /** What the history tells of one commit. */
  record Entry(long millis, long sequence, String provider, State from, String op, String event) {
    Position position() {
      return new Position(millis + "-" + sequence, op);
    }

    HistoryItem item() {
      Map<String, String> fields =
          Map.of("provider", provider, "from", from.wireName(), "event", event);
      return new HistoryItem(new HistoryId(millis, sequence), HistoryRecord.of(fields));
    }
  }

  void clear() {
    notClosed.clear();
    entries.clear();
    mark = "";
  }

  void index(String provider, String indexed) {
    if (indexed.equals(State.CLOSED.wireName())) {
      notClosed.remove(provider);
    } else {
      notClosed.add(provider);
    }
  }

  /** The id is as Redis makes it: never smaller than the last, whatever the clock does. */
  void add(String provider, State from, String op, String event, long now) {
    Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
    boolean later = last == null || now > last.millis();
    entries.add(
        new Entry(
            later ? now : last.millis(),
            later ? 0 : last.sequence() + 1,
            provider,
            from,
            op,
            event));
    if (entries.size() > KEPT) {
      entries.remove(0);
    }
  }

  /** Whether there was no mark. */
  boolean mark(long serverMillis) {
    if (!mark.isEmpty()) {
      return false;
    }
    mark = StoreMark.made(serverMillis, UUID.randomUUID().toString());
    return true;
  }

  String markHeld() {
    return mark;
  }

  Set<String> notClosed() {
    return new HashSet<>(notClosed.stream().limit(MOST_NAMES).toList());
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }

  Position position() {
    return entries.isEmpty() ? Position.START : entries.get(entries.size() - 1).position();
  }

  HistorySlice before(Optional<HistoryId> before, int count) {
    WorkerChecks.requireCount(count);
    List<HistoryItem> items = new ArrayList<>();
    for (int i = entries.size() - 1; i >= 0; i--) {
      HistoryItem item = entries.get(i).item();
      if (before.isEmpty() || item.id().compareTo(before.get()) < 0) {
        items.add(item);
      }
    }
    return slice(items, count);
  }

  HistoryTail after(HistoryId after, int count) {
    WorkerChecks.requireCount(count);
    List<HistoryItem> all = entries.stream().map(Entry::item).toList();
    List<HistoryItem> later = all.stream().filter(i -> i.id().compareTo(after) > 0).toList();
    boolean known =
        after.equals(HistoryId.START) || all.stream().anyMatch(i -> i.id().equals(after));
    HistoryId end = all.isEmpty() ? HistoryId.START : all.get(all.size() - 1).id();
    return new HistoryTail(slice(later, count), known, end);
  }

  private static HistorySlice slice(List<HistoryItem> items, int count) {
    return new HistorySlice(items.subList(0, Math.min(count, items.size())), items.size() > count);
  }

  Changes changesSince(Position position) {
    int from = 0;
    boolean known = position.equals(Position.START);
    for (int i = entries.size() - 1; i >= 0 && !known; i--) {
      if (entries.get(i).position().equals(position)) {
        known = true;
        from = i + 1;
      }
    }
    if (!known || entries.size() - from > MOST_CHANGES) {
      return new Changes(false, Set.of(), mark, position());
    }
    Set<String> changed = new HashSet<>();
    entries.subList(from, entries.size()).forEach(entry -> changed.add(entry.provider()));
    return new Changes(true, changed, mark, position());
  }
}
