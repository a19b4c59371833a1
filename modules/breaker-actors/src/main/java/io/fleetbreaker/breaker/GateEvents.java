package io.fleetbreaker.breaker;

import io.fleetbreaker.BreakerEvents;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CallObserver;
import io.fleetbreaker.CallOutcome;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** What happens at some gates. Thread-safe. */
public final class GateEvents implements BreakerEvents, AutoCloseable {
  private final List<Gate> gates;
  private final LongAdder dropped = new LongAdder();

  /** Set once; whoever subscribes afterwards ends what it has begun. */
  private volatile boolean closed;

  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  /** A listener added here hears of all these gates. */
  public GateEvents(Collection<Gate> gates) {
    this.gates = List.copyOf(gates);
  }

  @Override
  public Subscription onTransition(Consumer<? super Transition> listener) {
    Delivery<Transition> delivery = delivery(Transition.class, listener);
    gates.forEach(gate -> gate.observers().add(delivery));
    return subscription(delivery, () -> gates.forEach(gate -> gate.observers().remove(delivery)));
  }

  @Override
  public Subscription onRejection(Consumer<? super CallNotPermittedException> listener) {
    Delivery<CallNotPermittedException> delivery =
        delivery(CallNotPermittedException.class, listener);
    List<Subscription> hooks =
        gates.stream()
            .map(gate -> gate.observers().onRejected(() -> delivery.offer(gate.refusal())))
            .toList();
    return subscription(delivery, () -> hooks.forEach(Subscription::close));
  }

  @Override
  public Subscription onOutcome(Consumer<? super CallOutcome> listener) {
    Delivery<CallOutcome> delivery = delivery(CallOutcome.class, listener);
    List<Subscription> observations =
        gates.stream()
            .map(gate -> gate.observe(new OutcomesOf(gate.provider(), delivery)))
            .toList();
    return subscription(delivery, () -> observations.forEach(Subscription::close));
  }

  @Override
  public long dropped() {
    return dropped.sum();
  }

  /** Ends all subscriptions, and those that are still to come. */
  @Override
  public void close() {
    closed = true;
    List.copyOf(subscriptions).forEach(Subscription::close);
  }

  private <E> Delivery<E> delivery(Class<E> type, Consumer<? super E> listener) {
    return new Delivery<>(type, listener, CAPACITY, dropped);
  }

  private Subscription subscription(Delivery<?> delivery, Runnable detach) {
    Subscription made =
        new Subscription() {
          @Override
          public void close() {
            if (subscriptions.remove(this)) {
              detach.run();
              delivery.end();
            }
          }
        };
    subscriptions.add(made);
    // Whoever closes from here on finds it among the subscriptions.
    if (closed) {
      made.close();
    } else {
      delivery.start();
    }
    return made;
  }

  private record OutcomesOf(String provider, Delivery<CallOutcome> delivery)
      implements CallObserver {
    @Override
    public void onCall(Outcome outcome, long durationNanos, boolean slow) {
      delivery.offer(new CallOutcome(provider, outcome, Duration.ofNanos(durationNanos), slow));
    }
  }
}
