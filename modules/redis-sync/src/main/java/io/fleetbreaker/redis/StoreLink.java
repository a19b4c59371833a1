package io.fleetbreaker.redis;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Keeps the books about the link of one {@link RedisSyncActor} to its store: what {@link
 * SyncHealth} shows, and one log line when an outage begins and one when it ends. Used by that
 * actor only.
 */
final class StoreLink {
  private static final Duration REFUSALS_LOGGED = Duration.ofSeconds(30);

  private final SyncHealth health;
  private final Ticker ticker;
  private final Logger log;
  private final LogLimiter refusals = new LogLimiter(REFUSALS_LOGGED);
  private @Nullable Long outageSinceNanos;

  StoreLink(SyncHealth health, Ticker ticker, Logger log) {
    this.health = health;
    this.ticker = ticker;
    this.log = log;
  }

  /** Commits and reads are tried until one is not answered; then the next snapshot finds out. */
  boolean mayAsk() {
    return health.contact().storeUp();
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
    if (outageSinceNanos != null && health.contact().isOk()) {
      log.info(
          "Redis is back after {} ms: this worker follows its fleet again",
          Duration.ofNanos(ticker.nanos() - outageSinceNanos).toMillis());
      outageSinceNanos = null;
    }
  }

  void unanswered(String cause) {
    health.unanswered(cause);
    outageBegins(cause);
  }

  /** The store is there, and says no. */
  void refused(String provider, String cause) {
    OptionalLong before = refusals.tryPass(ticker.nanos());
    if (before.isPresent()) {
      log.warn(
          "{}: Redis refuses what this worker wants to tell its fleet: {} ({} more like this"
              + " before)",
          provider,
          cause,
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
