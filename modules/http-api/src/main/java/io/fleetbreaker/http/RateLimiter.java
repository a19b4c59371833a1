package io.fleetbreaker.http;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A token bucket for each client. Thread-safe. Remembers a bounded number of clients; of more, it
 * forgets who was seen longest ago.
 */
final class RateLimiter {
  /** About a megabyte. */
  static final int MOST_CLIENTS = 10_000;

  private static final double NANOS_PER_MINUTE = Duration.ofMinutes(1).toNanos();

  private final RateLimit limit;
  private final Ticker ticker;
  private final Map<String, Bucket> buckets = new RecentBuckets();

  RateLimiter(RateLimit limit, Ticker ticker) {
    this.limit = limit;
    this.ticker = ticker;
  }

  /** Takes one of the client's times; if none is left, says how long until one is. */
  synchronized Optional<Duration> take(String client) {
    Bucket bucket = refilled(client);
    if (bucket.left < 1) {
      return Optional.of(untilOne(bucket));
    }
    bucket.left -= 1;
    return Optional.empty();
  }

  /** As {@link #take}, but takes nothing. */
  synchronized Optional<Duration> blocked(String client) {
    if (!buckets.containsKey(client)) {
      return Optional.empty();
    }
    Bucket bucket = refilled(client);
    return bucket.left < 1 ? Optional.of(untilOne(bucket)) : Optional.empty();
  }

  synchronized int clients() {
    return buckets.size();
  }

  private Bucket refilled(String client) {
    long now = ticker.nanos();
    Bucket bucket = buckets.computeIfAbsent(client, name -> new Bucket(limit.burst(), now));
    double gained = (now - bucket.atNanos) / NANOS_PER_MINUTE * limit.perMinute();
    bucket.left = Math.min(limit.burst(), bucket.left + gained);
    bucket.atNanos = now;
    return bucket;
  }

  private Duration untilOne(Bucket bucket) {
    double nanos = (1 - bucket.left) * NANOS_PER_MINUTE / limit.perMinute();
    return Duration.ofNanos((long) Math.ceil(nanos));
  }

  private static final class Bucket {
    private double left;
    private long atNanos;

    Bucket(double left, long atNanos) {
      this.left = left;
      this.atNanos = atNanos;
    }
  }

  private static final class RecentBuckets extends LinkedHashMap<String, Bucket> {
    private static final long serialVersionUID = 1L;

    RecentBuckets() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
      return size() > MOST_CLIENTS;
    }
  }
}
