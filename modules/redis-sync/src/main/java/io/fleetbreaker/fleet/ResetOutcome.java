package io.fleetbreaker.fleet;

/**
 * What came of an operator's reset.
 *
 * <pre>{@code
 * ResetOutcome outcome = fleet.reset("openai", "ops: quota raised").toCompletableFuture().get();
 * assert outcome == ResetOutcome.LOCAL_ONLY || fleet.sync().redisConnected();
 * assert breaker.view().state() == State.CLOSED;
 * }</pre>
 */
public enum ResetOutcome {
  /** The fleet is closed, and this worker with it. */
  COMMITTED,
  /**
   * This worker has closed, the fleet was not: Redis could not be asked, in which case the reset is
   * proposed again when it is back, or something newer, such as a trip, has taken its place.
   */
  LOCAL_ONLY,
  /**
   * Nobody knows yet: the breaker has not answered in time, as when Redis stalls. It may still be
   * reset, here and in the fleet; see {@link Fleet#breaker} and its view.
   */
  UNKNOWN,
  /**
   * Nothing was done, since this worker's breaker is forced open: end the override first, with
   * {@link Fleet#clearOverride}.
   */
  FORCED_OPEN
}
