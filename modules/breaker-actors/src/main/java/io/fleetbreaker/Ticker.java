package io.fleetbreaker;

/**
 * A monotonic clock. Readings mean nothing by themselves and may be negative or wrap around:
 * compare two of them by the sign of their difference only.
 *
 * <pre>{@code
 * Ticker ticker = Ticker.system();
 * long begun = ticker.nanos();
 * assert ticker.nanos() - begun >= 0;
 * }</pre>
 */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since some fixed moment. */
  long nanos();

  /** The JVM's monotonic clock. */
  static Ticker system() {
    return System::nanoTime;
  }
}
