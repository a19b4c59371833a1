package io.fleetbreaker;

/**
 * Closing it ends what it was given for. Idempotent, thread-safe.
 *
 * <pre>{@code
 * Queue<CallNotPermittedException> refusals = new ConcurrentLinkedQueue<>();
 * Subscription listening = breaker.events().onRejection(refusals::add);
 * listening.close();
 * breaker.run(() -> {});
 * assert refusals.isEmpty();
 * }</pre>
 */
public interface Subscription extends AutoCloseable {
  @Override
  void close();
}
