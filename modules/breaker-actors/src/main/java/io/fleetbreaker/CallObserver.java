package io.fleetbreaker;

/**
 * Counts calls, on the threads that make them: for meters, not for work. It must be thread-safe and
 * must not block, since the call waits for it; what it throws is logged and otherwise ignored. To
 * do more than counting, listen to {@link CircuitBreaker#events}.
 *
 * <pre>{@code
 * Map<Outcome.Kind, Integer> counted = new ConcurrentHashMap<>();
 * CallObserver counter = (outcome, nanos, slow) -> counted.merge(outcome.kind(), 1, Integer::sum);
 * try (Subscription counting = breaker.observe(counter)) {
 *   breaker.run(() -> {});
 * }
 * assert counted.equals(Map.of(Outcome.Kind.SUCCESS, 1));
 * }</pre>
 */
public interface CallObserver {
  /**
   * A call has ended.
   *
   * @param outcome how it counts
   * @param durationNanos how long it took
   * @param slow whether it took longer than the provider's policy finds slow
   */
  void onCall(Outcome outcome, long durationNanos, boolean slow);

  /** A call was refused. */
  default void onRejected() {}
}
