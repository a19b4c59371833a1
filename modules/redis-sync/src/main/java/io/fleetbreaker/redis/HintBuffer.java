package io.fleetbreaker.redis;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Events on their way from a subscriber's thread to a consumer that may be slower: one per
 * provider, the newest. Thread-safe, for one producer and one consumer; this object's monitor
 * guards all and is held for a map operation at most.
 */
final class HintBuffer {
  private final int capacity;
  private Map<String, BreakerEvent> events = new LinkedHashMap<>();
  private boolean wakePending;
  private boolean overflowed;

  /** Holds events of at most {@code capacity} providers; at least 1. */
  HintBuffer(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
    }
    this.capacity = capacity;
  }

  /**
   * Adds an event, or merges it into the one that waits for the same provider.
   *
   * @return whether the consumer must be woken: true for the first offer since it last drained
   */
  synchronized boolean offer(BreakerEvent event) {
    BreakerEvent waiting = events.get(event.provider());
    if (waiting != null) {
      events.put(event.provider(), newer(waiting, event));
    } else if (events.size() < capacity) {
      events.put(event.provider(), event);
    } else {
      overflowed = true;
    }
    boolean wake = !wakePending;
    wakePending = true;
    return wake;
  }

  /** Takes everything. */
  synchronized Drained drain() {
    Drained drained = new Drained(List.copyOf(events.values()), overflowed);
    events = new LinkedHashMap<>();
    overflowed = false;
    wakePending = false;
    return drained;
  }

  /**
   * The one that says more: a revision more than a legacy event, the later revision, a legacy
   * change of state more than a legacy count, else what came last.
   */
  private static BreakerEvent newer(BreakerEvent waiting, BreakerEvent offered) {
    if (waiting.revision().isPresent() && offered.revision().isPresent()) {
      boolean older = waiting.revision().get().id().isAfter(offered.revision().get().id());
      return older ? waiting : offered;
    }
    if (waiting.revision().isPresent()) {
      return waiting;
    }
    boolean onlyCounts =
        offered.type() == BreakerEvent.Type.FAILURE || offered.type() == BreakerEvent.Type.SUCCESS;
    return onlyCounts && offered.revision().isEmpty() ? waiting : offered;
  }

  /**
   * What waited.
   *
   * @param events at most one per provider
   * @param overflowed whether events were dropped, so that only a fresh snapshot tells all
   */
  record Drained(List<BreakerEvent> events, boolean overflowed) {}
}
