package io.fleetbreaker.fleet;

/** What came of an operator's reset. This worker's breaker has closed at once in every case. */
public enum ResetOutcome {
  /** The fleet is closed. */
  COMMITTED,
  /**
   * The fleet was not closed: Redis could not be asked, in which case the reset is proposed again
   * when it is back, or something newer, such as a trip, has taken its place.
   */
  LOCAL_ONLY
}
