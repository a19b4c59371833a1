package io.fleetbreaker.breaker;

import io.fleetbreaker.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A monotonic clock that stands still until a test moves it. */
public final class ManualTicker implements Ticker {
  private final AtomicLong nanos;

  /** Starts at an arbitrary reading, as the JVM's own does. */
  public ManualTicker(long startNanos) {
    nanos = new AtomicLong(startNanos);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
