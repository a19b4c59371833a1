package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.SyncMetrics.Dropped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * How a {@link RedisSyncActor} gets on with its store, for anyone to read. Thread-safe: {@link
 * #contact} is written by the actor only, through a volatile field; the counters by the subscriber
 * thread and the actor.
 */
public final class SyncHealth {
  /** The problem of a worker that has not yet heard whether Redis is there. */
  public static final String CONNECTING = "connecting to Redis";

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

  private final Ticker ticker;
  private final LongAdder eventsReceived = new LongAdder();
  private final Map<Dropped, LongAdder> dropped = adders(Dropped.class);
  private final Map<SyncMetrics.Commit, LongAdder> commits = adders(SyncMetrics.Commit.class);
  private final LongAdder reconnects = new LongAdder();
  private final RefusalLog refusals = new RefusalLog();
  private final AgeHistogram propagation = new AgeHistogram();
  private volatile OptionalLong comparedNanos = OptionalLong.empty();
  private volatile Degraded degraded;
  private boolean everSubscribed;
  private volatile Contact contact = new Contact(false, false, OptionalLong.empty(), CONNECTING);

  /**
   * For how long the link has not been all right.
   *
   * @param doneNanos in all, before now
   * @param sinceNanos since when it is not; empty if it is
   */
  private record Degraded(long doneNanos, OptionalLong sinceNanos) {}

  /** The books of a link that has not been made yet. */
  public SyncHealth() {
    this(Ticker.system());
  }

  /** As {@link #SyncHealth()}, with a clock for the durations. */
  public SyncHealth(Ticker ticker) {
    this.ticker = ticker;
    this.degraded = new Degraded(0, OptionalLong.of(ticker.nanos()));
  }

  /**
   * Asks to log that Redis refuses to write.
   *
   * @param cause what Redis has said
   * @return how many such lines were held back since the last one, or empty if this one is too
   */
  public OptionalLong mayLogRefusal(String cause) {
    return refusals.tryPass(cause, ticker.nanos());
  }

  private static <K extends Enum<K>> Map<K, LongAdder> adders(Class<K> keys) {
    Map<K, LongAdder> adders = new EnumMap<>(keys);
    for (K key : keys.getEnumConstants()) {
      adders.put(key, new LongAdder());
    }
    return adders;
  }

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
    return dropped.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** What the link has amounted to. */
  public SyncMetrics metrics() {
    long now = ticker.nanos();
    Degraded bad = degraded;
    OptionalLong since = bad.sinceNanos();
    long ongoing = since.isPresent() ? Math.max(0, now - since.getAsLong()) : 0;
    return new SyncMetrics(
        sums(commits),
        eventsReceived(),
        sums(dropped),
        reconnects.sum(),
        Duration.ofNanos(bad.doneNanos() + ongoing),
        ago(contact.lastContactNanos(), now),
        ago(comparedNanos, now),
        propagation.ages());
  }

  private static <K> Map<K, Long> sums(Map<K, LongAdder> adders) {
    return adders.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().sum()));
  }

  private static Optional<Duration> ago(OptionalLong nanos, long now) {
    return nanos.isPresent()
        ? Optional.of(Duration.ofNanos(Math.max(0, now - nanos.getAsLong())))
        : Optional.empty();
  }

  AgeHistogram propagation() {
    return propagation;
  }

  void eventReceived() {
    eventsReceived.increment();
  }

  void messageDropped(Dropped why) {
    Objects.requireNonNull(dropped.get(why)).increment();
  }

  void commitEnded(SyncMetrics.Commit outcome) {
    Objects.requireNonNull(commits.get(outcome)).increment();
  }

  /** The worker has compared itself with all that the history holds. */
  void compared(long nowNanos) {
    comparedNanos = OptionalLong.of(nowNanos);
  }

  void answered(long nowNanos) {
    boolean subscribed = contact.subscribed();
    become(
        new Contact(
            true, subscribed, OptionalLong.of(nowNanos), subscribed ? "" : contact.problem()));
  }

  void unanswered(String problem) {
    become(new Contact(false, contact.subscribed(), contact.lastContactNanos(), problem));
  }

  void subscribed() {
    if (everSubscribed) {
      reconnects.increment();
    }
    everSubscribed = true;
    become(new Contact(contact.storeUp(), true, contact.lastContactNanos(), contact.problem()));
  }

  void unsubscribed(String problem) {
    become(new Contact(contact.storeUp(), false, contact.lastContactNanos(), problem));
  }

  private void become(Contact next) {
    OptionalLong since = degraded.sinceNanos();
    if (next.isOk() && since.isPresent()) {
      long lasted = Math.max(0, ticker.nanos() - since.getAsLong());
      degraded = new Degraded(degraded.doneNanos() + lasted, OptionalLong.empty());
    } else if (!next.isOk() && since.isEmpty()) {
      degraded = new Degraded(degraded.doneNanos(), OptionalLong.of(ticker.nanos()));
    }
    contact = next;
  }
}
