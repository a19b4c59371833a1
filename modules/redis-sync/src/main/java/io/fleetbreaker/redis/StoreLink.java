package io.fleetbreaker.redis;

import io.fleetbreaker.ProviderName;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.redis.FleetStore.CommitResult;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Keeps the books about the link of one {@link RedisSyncActor} to its store: what {@link
 * SyncHealth} shows, and one log line when an outage begins and one when it ends. Used by that
 * actor only.
 */
final class StoreLink {
  private static final Duration MISDATED_LOGGED = Duration.ofSeconds(30);

  /** An operation that fails is followed by another one within a second. */
  private static final Duration HICCUP = Duration.ofMillis(1_500);

  private final SyncHealth health;
  private final Ticker ticker;
  private final Logger log;
  private final LogLimiter misdated = new LogLimiter(MISDATED_LOGGED);
  private @Nullable Long outageSinceNanos;

  /** Since when operations have not been answered; null if they are, or never were. */
  private @Nullable Long downSinceNanos;

  private long operationBeganNanos;

  StoreLink(SyncHealth health, Ticker ticker, Logger log) {
    this.health = health;
    this.ticker = ticker;
    this.log = log;
  }

  /** Commits and reads are tried until one is not answered; then the next snapshot finds out. */
  boolean mayAsk() {
    return health.contact().storeUp();
  }

  /** What is wrong with the store, for people. */
  String problem() {
    return health.contact().problem();
  }

  /**
   * Whether the store has not answered for longer than it takes to ask it again: one answer that
   * was lost does not show that nobody else is served.
   */
  boolean isAway() {
    return !mayAsk()
        && (downSinceNanos == null || ticker.nanos() - downSinceNanos >= HICCUP.toNanos());
  }

  /** Whether the store has answered anything yet. */
  boolean everAnswered() {
    return health.contact().lastContactNanos().isPresent();
  }

  /** Whether it makes sense to read: events arrive, or an outage leaves nothing better to do. */
  boolean mayRead() {
    return health.contact().subscribed() || outageSinceNanos != null;
  }

  void subscribed() {
    health.subscribed();
  }

  void disconnected(String cause) {
    health.unsubscribed(cause);
    outageBegins(cause);
  }

  void answered() {
    health.answered(ticker.nanos());
    downSinceNanos = null;
    if (outageSinceNanos != null && health.contact().isOk()) {
      log.info(
          "Redis is back after {} ms: this worker follows its fleet again",
          Duration.ofNanos(ticker.nanos() - outageSinceNanos).toMillis());
      outageSinceNanos = null;
    }
  }

  /** What is told next is the end of an operation that began then. */
  void operationBegan(long nanos) {
    operationBeganNanos = nanos;
  }

  /**
   * An operation was not answered. If the store has answered another one that began later, this one
   * was lost in an outage that is over.
   */
  void unanswered(String cause) {
    OptionalLong contact = health.contact().lastContactNanos();
    boolean overtaken =
        mayAsk() && contact.isPresent() && contact.getAsLong() - operationBeganNanos > 0;
    if (overtaken) {
      return;
    }
    if (mayAsk()) {
      downSinceNanos = ticker.nanos();
    }
    health.unanswered(cause);
    outageBegins(cause);
  }

  /** The store is there, and says no. */
  void refused(String provider, String cause) {
    OptionalLong before = health.mayLogRefusal(cause);
    if (before.isPresent()) {
      log.warn(
          "{}: Redis refuses what this worker wants to tell its fleet: {} ({} more like this"
              + " before)",
          provider,
          cause,
          before.getAsLong());
    }
  }

  /** Measures how old the transitions of other workers are when {@code worker} follows them. */
  Propagation propagation(String worker, ServerClock clock) {
    return new Propagation(worker, clock, health.propagation());
  }

  long nowNanos() {
    return ticker.nanos();
  }

  /** The worker has compared itself with the fleet's history. */
  void compared() {
    health.compared(ticker.nanos());
  }

  /** A commit has ended so. */
  void commitEnded(CommitResult result) {
    health.commitEnded(
        result instanceof CommitResult.Committed
            ? SyncMetrics.Commit.COMMITTED
            : result instanceof CommitResult.Conflict
                ? SyncMetrics.Commit.CONFLICT
                : result instanceof CommitResult.LockBusy
                    ? SyncMetrics.Commit.BUSY
                    : result instanceof CommitResult.Refused
                        ? SyncMetrics.Commit.REFUSED
                        : result instanceof CommitResult.Unreachable
                            ? SyncMetrics.Commit.UNREACHABLE
                            : SyncMetrics.Commit.UNKNOWN);
  }

  /** A legacy event has had its effect, or had it already. */
  void legacyBelieved() {
    health.eventReceived();
  }

  /** A legacy event is of no effect. */
  void legacyIgnored() {
    health.messageDropped(SyncMetrics.Dropped.LEGACY);
  }

  /** A legacy event is of no effect, since it is not of now: perhaps its sender's clock is off. */
  void legacyMisdated(String provider, String worker, Instant at, Duration within) {
    health.messageDropped(SyncMetrics.Dropped.LEGACY);
    OptionalLong before = misdated.tryPass(ticker.nanos());
    if (before.isPresent()) {
      log.warn(
          "{}: ignored an event of the FlexiAI worker {} that is dated {}, not within {} of Redis's"
              + " clock ({} more like this before)",
          provider,
          ProviderName.shown(worker),
          at,
          within,
          before.getAsLong());
    }
  }

  private void outageBegins(String cause) {
    if (outageSinceNanos == null) {
      outageSinceNanos = ticker.nanos();
      log.warn(
          "Redis cannot be reached ({}): this worker protects itself alone until it is back",
          cause);
    }
  }
}
