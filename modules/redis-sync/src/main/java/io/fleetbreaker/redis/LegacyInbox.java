package io.fleetbreaker.redis;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Legacy events on their way from a subscriber's thread to a consumer that may be slower: of each
 * worker and provider the last one. Thread-safe, for one producer and one consumer; this object's
 * monitor guards all and is held for a map operation at most.
 */
final class LegacyInbox {
  private final int capacity;
  private Map<Sender, LegacyEvent> events = new LinkedHashMap<>();
  private boolean wakePending;

  /** What became of an offer. */
  enum Offer {
    /** Kept, and the consumer must be woken: the first since it last drained. */
    WAKE,
    KEPT,
    /** Kept, in the place of an earlier one that is gone. */
    REPLACED,
    /** Not kept, for want of room. */
    FULL
  }

  private record Sender(String provider, String worker) {}

  /** Holds at most {@code capacity} events; at least 1. */
  LegacyInbox(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
    }
    this.capacity = capacity;
  }

  /** Adds an event, in the place of an earlier one of the same worker and provider. */
  synchronized Offer offer(LegacyEvent event) {
    Sender sender = new Sender(event.event().provider(), event.event().worker());
    // Taken out first: what a worker said last comes after what others said before it.
    LegacyEvent replaced = events.remove(sender);
    if (replaced == null && events.size() >= capacity) {
      return Offer.FULL;
    }
    events.put(sender, event);
    if (replaced != null) {
      // The consumer has been woken for that one.
      return Offer.REPLACED;
    }
    boolean wake = !wakePending;
    wakePending = true;
    return wake ? Offer.WAKE : Offer.KEPT;
  }

  /** Takes everything, in the order of arrival. */
  synchronized List<LegacyEvent> drain() {
    List<LegacyEvent> drained = List.copyOf(events.values());
    events = new LinkedHashMap<>();
    wakePending = false;
    return drained;
  }
}
