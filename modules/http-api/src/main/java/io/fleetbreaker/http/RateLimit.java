package io.fleetbreaker.http;

/**
 * How often one client may do something. Immutable.
 *
 * @param perMinute how many times a minute in the long run, 1 to 1000000
 * @param burst how many times at once, 1 to 1000000
 */
public record RateLimit(int perMinute, int burst) {
  static final int MOST = 1_000_000;

  /** Checks both bounds. */
  public RateLimit {
    require("per-minute", perMinute);
    require("burst", burst);
  }

  private static void require(String what, int value) {
    if (value < 1 || value > MOST) {
      throw new IllegalArgumentException(what + " must be 1 to " + MOST + ", was " + value);
    }
  }
}
