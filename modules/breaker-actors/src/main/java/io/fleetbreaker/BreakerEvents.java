package io.fleetbreaker;

import java.util.function.Consumer;

/**
 * Tells listeners what happens to breakers. Thread-safe.
 *
 * <p>Each subscription has a thread of its own: to hear of many breakers, subscribe once to {@code
 * Fleet.events()}. A listener is called on that thread, with one event at a time, in the order in
 * which they happened on a breaker. It may block: no call, no breaker and no other listener waits
 * for it. Events that it has not taken yet are kept, at most {@link #CAPACITY}; those that find no
 * room are dropped and counted. What it throws is logged, and it is told the next event as if
 * nothing had happened.
 *
 * <pre>{@code
 * BlockingQueue<Transition> seen = new LinkedBlockingQueue<>();
 * try (Subscription listening = fleet.events().onTransition(seen::add)) {
 *   fleet.override("openai", OverrideMode.FORCED_OPEN, "ops: maintenance");
 *   Transition first = seen.poll(5, TimeUnit.SECONDS);
 *   assert first.provider().equals("openai") && first.to() == State.OPEN;
 * }
 * }</pre>
 */
public interface BreakerEvents {
  /** So many events wait for one listener. */
  int CAPACITY = 10_000;

  /** What calls meet has changed. */
  Subscription onTransition(Consumer<? super Transition> listener);

  /** A call was refused. The exception says by which provider, in which state, and for how long. */
  Subscription onRejection(Consumer<? super CallNotPermittedException> listener);

  /** A call has ended. Its duration is known, so that each call reads the clock twice. */
  Subscription onOutcome(Consumer<? super CallOutcome> listener);

  /** Events that a listener missed because it had not taken {@link #CAPACITY} earlier ones. */
  long dropped();
}
