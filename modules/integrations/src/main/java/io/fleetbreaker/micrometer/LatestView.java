package io.fleetbreaker.micrometer;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One breaker's view for a dozen meters: taken anew when it is {@link #FRESH} old. Thread-safe; two
 * threads that find it old both take one, which is harmless.
 */
final class LatestView {
  /** A scrape of some providers is over by then. */
  static final Duration FRESH = Duration.ofMillis(10);

  private final CircuitBreaker breaker;
  private final Ticker ticker;
  private volatile @Nullable Taken latest;

  LatestView(CircuitBreaker breaker, Ticker ticker) {
    this.breaker = breaker;
    this.ticker = ticker;
  }

  private record Taken(BreakerView view, long nanos) {}

  BreakerView get() {
    long now = ticker.nanos();
    Taken known = latest;
    if (known != null && now - known.nanos() < FRESH.toNanos()) {
      return known.view();
    }
    Taken taken = new Taken(breaker.view(), now);
    latest = taken;
    return taken.view();
  }
}
