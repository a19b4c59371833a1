package io.fleetbreaker.breaker;

import io.fleetbreaker.BreakerEvents;
import io.fleetbreaker.CallObserver;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.Transition;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who looks on at one gate. Thread-safe: changes are made under this object's lock and shown to
 * calling threads by volatile writes.
 */
final class Observers {
  private static final Logger LOG = LoggerFactory.getLogger(Observers.class);
  private static final Guarded[] NOBODY = {};

  private final String provider;
  private final boolean policyWantsDurations;

  /** Written under the lock, read by every call. */
  private volatile boolean wantDurations;

  /** Replaced, never changed, under the lock. */
  private volatile Guarded[] observers = NOBODY;

  private volatile List<Delivery<Transition>> transitions = List.of();

  private volatile List<Hook> permitHooks = List.of();

  private volatile List<Hook> rejectionHooks = List.of();

  /** Made under the lock when first asked for. */
  private @Nullable GateEvents events;

  Observers(String provider, boolean policyWantsDurations) {
    this.provider = provider;
    this.policyWantsDurations = policyWantsDurations;
    this.wantDurations = policyWantsDurations;
  }

  /** Whether calls should be timed. */
  boolean wantDurations() {
    return wantDurations;
  }

  /** Whether somebody wants to know of refused calls. */
  boolean anyForRejections() {
    return observers.length != 0 || !rejectionHooks.isEmpty();
  }

  /** Counts a call from now on; a call that has begun already is not seen. */
  synchronized Subscription add(CallObserver observer) {
    Guarded added = new Guarded(observer);
    Guarded[] more = Arrays.copyOf(observers, observers.length + 1);
    more[more.length - 1] = added;
    show(more);
    return () -> remove(added);
  }

  private synchronized void remove(Guarded gone) {
    show(Arrays.stream(observers).filter(guarded -> guarded != gone).toArray(Guarded[]::new));
  }

  private void show(Guarded[] now) {
    observers = now;
    wantDurations = policyWantsDurations || now.length != 0;
  }

  synchronized void add(Delivery<Transition> delivery) {
    transitions = Stream.concat(transitions.stream(), Stream.of(delivery)).toList();
  }

  synchronized void remove(Delivery<Transition> delivery) {
    transitions = transitions.stream().filter(known -> known != delivery).toList();
  }

  /** Runs {@code action} from now on when a permit may be had. */
  synchronized Subscription onPermitAvailable(Runnable action) {
    Hook added = new Hook(action);
    permitHooks = with(permitHooks, added);
    return () -> removePermitHook(added);
  }

  private synchronized void removePermitHook(Hook gone) {
    permitHooks = without(permitHooks, gone);
  }

  /** Runs {@code action} from now on when a call is refused; calls are not timed for it. */
  synchronized Subscription onRejected(Runnable action) {
    Hook added = new Hook(action);
    rejectionHooks = with(rejectionHooks, added);
    return () -> removeRejectionHook(added);
  }

  private synchronized void removeRejectionHook(Hook gone) {
    rejectionHooks = without(rejectionHooks, gone);
  }

  private static List<Hook> with(List<Hook> hooks, Hook more) {
    return Stream.concat(hooks.stream(), Stream.of(more)).toList();
  }

  private static List<Hook> without(List<Hook> hooks, Hook gone) {
    return hooks.stream().filter(known -> known != gone).toList();
  }

  /** Whether somebody wants to know when a permit may be had. */
  boolean anyForPermits() {
    return !permitHooks.isEmpty();
  }

  /** A permit may be had that could not be had before. */
  void permitAvailable() {
    run(permitHooks);
  }

  private void run(List<Hook> hooks) {
    for (Hook hook : hooks) {
      try {
        hook.action.run();
      } catch (Throwable e) {
        LOG.error("{}: a listener failed", provider, e);
      }
    }
  }

  /** The same for all who ask. */
  synchronized BreakerEvents events(Gate gate) {
    GateEvents known = events;
    if (known == null) {
      known = new GateEvents(List.of(gate));
      events = known;
    }
    return known;
  }

  /** Ends the subscriptions made by way of {@link #events}. */
  synchronized void close() {
    if (events != null) {
      events.close();
    }
  }

  /** For the actor. */
  void changed(Transition transition) {
    transitions.forEach(delivery -> delivery.offer(transition));
  }

  /** Whether somebody wants to know of transitions. */
  boolean anyForTransitions() {
    return !transitions.isEmpty();
  }

  void called(Outcome outcome, long durationNanos, boolean slow) {
    for (Guarded guarded : observers) {
      try {
        guarded.observer.onCall(outcome, durationNanos, slow);
      } catch (Throwable e) {
        guarded.complain(provider, e);
      }
    }
  }

  void rejected() {
    for (Guarded guarded : observers) {
      try {
        guarded.observer.onRejected();
      } catch (Throwable e) {
        guarded.complain(provider, e);
      }
    }
    run(rejectionHooks);
  }

  /** Tells two registrations of the same action apart. */
  private static final class Hook {
    private final Runnable action;

    Hook(Runnable action) {
      this.action = action;
    }
  }

  /** An observer; what it throws is logged, the first time, and keeps no call from its answer. */
  private static final class Guarded {
    private final CallObserver observer;
    private volatile boolean complained;

    Guarded(CallObserver observer) {
      this.observer = observer;
    }

    void complain(String provider, Throwable e) {
      if (!complained) {
        complained = true;
        LOG.error("{}: a call observer throws; this is said once", provider, e);
      }
    }
  }
}
