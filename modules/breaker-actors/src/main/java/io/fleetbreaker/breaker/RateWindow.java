package io.fleetbreaker.breaker;

/**
 * Which of a breaker's latest calls count for a rate. Calls are told apart as <em>marked</em> (they
 * failed, or were slow) and not marked; both are counted elsewhere, from the beginning of the
 * breaker's CLOSED era, and the window only remembers what those totals were. So a call that is not
 * marked never touches it. Thread-safe and lock-free.
 */
interface RateWindow {
  /**
   * What a window holds.
   *
   * @param calls in the window
   * @param marked of them
   */
  record Sample(long calls, long marked) {
    double percent() {
      return calls == 0 ? 0 : 100.0 * marked / calls;
    }
  }

  /** The {@code calls}th call is marked. */
  void mark(long calls);

  /** How many calls the window holds at {@code nowNanos}, when so many were made in all. */
  long calls(long nowNanos, long calls);

  /**
   * Whether at least {@code marks} of the calls that the window holds are marked. At least as cheap
   * as a sample, however large the window is.
   */
  boolean holds(long marks, long nowNanos, long calls, long marked);

  /** What the window holds at {@code nowNanos}, when the totals are these. */
  Sample sample(long nowNanos, long calls, long marked);

  /** When {@link #rotate} is due, on the monotonic clock; meaningful if {@link #rotates}. */
  long rotationNanos();

  /** Whether time moves this window. */
  boolean rotates();

  /** Moves the window on to {@code nowNanos}, when the totals are these. */
  void rotate(long nowNanos, long calls, long marked);
}
