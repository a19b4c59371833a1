package io.fleetbreaker.redis;

import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How a {@link RedisSyncActor} gets on with its store, for anyone to read. Thread-safe: {@link
 * #contact} is written by the actor only, through a volatile field; the counters by the subscriber
 * thread and the actor.
 */
public final class SyncHealth {

  /**
   * The link to the store at one moment.
   *
   * @param storeUp whether the last operation was answered
   * @param subscribed whether events arrive
   * @param lastContactNanos when the store last answered, on the monotonic clock; empty if never
   * @param problem what is wrong, for people; empty if nothing is
   */
  public record Contact(
      boolean storeUp, boolean subscribed, OptionalLong lastContactNanos, String problem) {

    /** Whether this worker shares and follows the fleet's state. */
    public boolean isOk() {
      return storeUp && subscribed;
    }
  }

  private final LongAdder eventsReceived = new LongAdder();
  private final LongAdder messagesDropped = new LongAdder();
  private volatile Contact contact =
      new Contact(false, false, OptionalLong.empty(), "connecting to Redis");

  /** The link as it is now. */
  public Contact contact() {
    return contact;
  }

  /** Events of this fleet that arrived, this worker's own among them. */
  public long eventsReceived() {
    return eventsReceived.sum();
  }

  /** Messages that were no event of this fleet, or legacy events of no effect. */
  public long messagesDropped() {
    return messagesDropped.sum();
  }

  void eventReceived() {
    eventsReceived.increment();
  }

  void messageDropped() {
    messagesDropped.increment();
  }

  void answered(long nowNanos) {
    boolean subscribed = contact.subscribed();
    contact =
        new Contact(
            true, subscribed, OptionalLong.of(nowNanos), subscribed ? "" : contact.problem());
  }

  void unanswered(String problem) {
    contact = new Contact(false, contact.subscribed(), contact.lastContactNanos(), problem);
  }

  void subscribed() {
    contact = new Contact(contact.storeUp(), true, contact.lastContactNanos(), contact.problem());
  }

  void unsubscribed(String problem) {
    contact = new Contact(contact.storeUp(), false, contact.lastContactNanos(), problem);
  }
}
