package io.fleetbreaker;

import java.time.Duration;

/**
 * The end of one guarded call. Immutable.
 *
 * <pre>{@code
 * BlockingQueue<CallOutcome> ended = new LinkedBlockingQueue<>();
 * try (Subscription listening = breaker.events().onOutcome(ended::add)) {
 *   breaker.run(() -> {});
 *   CallOutcome call = ended.poll(5, TimeUnit.SECONDS);
 *   assert call.outcome().kind() == Outcome.Kind.SUCCESS && !call.slow();
 * }
 * }</pre>
 *
 * @param provider the provider's name
 * @param outcome how it counts
 * @param duration how long the call took
 * @param slow whether it took longer than the provider's policy finds slow; false without such
 */
public record CallOutcome(String provider, Outcome outcome, Duration duration, boolean slow) {}
