package io.fleetbreaker.breaker;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a calling thread meets: the lock-free projection of a {@link ProviderBreaker}'s state.
 *
 * <p>Calling threads make one change by themselves, the <em>fuse</em>: who records the failure that
 * crosses the threshold sets the era from CLOSED to BLOWN before it returns, so that whoever has
 * seen that failure finds the gate shut. Every other change is the actor's.
 */
public final class Gate implements CircuitBreaker {

  /** Told what calling threads saw. Called on their threads; must not block. */
  interface Signals {
    void fuseBlown(long generation, Event.Counts counts);

    void probeSucceeded(long generation, Event.Counts counts);

    void probeFailed(long generation, Event.Counts counts);
  }

  private static final VarHandle ERA = eraHandle();

  private final ProviderSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final LongAdder successes = new LongAdder();
  private final LongAdder rejections = new LongAdder();

  /**
   * Callers blow the fuse, the actor does the rest; both by compare-and-set through {@link #ERA}.
   */
  private volatile Era era;

  /** Written by the actor before the era that shows it; read by anyone. */
  private volatile BreakerState state;

  /** Written once by the actor when it starts; until then the actor finds a blown fuse itself. */
  private volatile Signals signals = Unheard.INSTANCE;

  /** Written by callers; the last one wins, which is what it means. */
  private volatile long lastFailureMillis;

  /** A closed gate that nobody listens to yet. */
  public Gate(ProviderSettings settings, Ticker ticker, InstantSource clock) {
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.state = BreakerState.initial(ticker.nanos());
    this.era = Era.of(state, new FailureCount(), 0);
  }

  private static VarHandle eraHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(Gate.class, "era", Era.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @Override
  public String provider() {
    return settings.name();
  }

  /** The settings of the provider. */
  public ProviderSettings settings() {
    return settings;
  }

  @Override
  public Optional<Permit> tryAcquire() {
    Era admitted = enter();
    return admitted == null ? Optional.empty() : Optional.of(new IssuedPermit(admitted));
  }

  /** Without a permit object: this thread settles the call before it returns. */
  @Override
  public <T> T call(Callable<T> call) throws Exception {
    Era admitted = enter();
    if (admitted == null) {
      throw refusal();
    }
    T result;
    try {
      result = call.call();
    } catch (InterruptedException | Error e) {
      settleIgnored(admitted);
      throw e;
    } catch (Exception e) {
      settleFailure(admitted);
      throw e;
    }
    settleSuccess(admitted);
    return result;
  }

  @Override
  public void run(Runnable call) {
    Era admitted = enter();
    if (admitted == null) {
      throw refusal();
    }
    try {
      call.run();
    } catch (Error e) {
      settleIgnored(admitted);
      throw e;
    } catch (RuntimeException e) {
      settleFailure(admitted);
      throw e;
    }
    settleSuccess(admitted);
  }

  /** The era a call is admitted to, or null if it is refused. */
  private @Nullable Era enter() {
    Era current = era;
    boolean admitted =
        switch (current.mode()) {
          case CLOSED -> true;
          case BLOWN, OPEN -> false;
          case HALF_OPEN -> current.takeProbe();
        };
    if (!admitted) {
      rejections.increment();
      return null;
    }
    return current;
  }

  @Override
  public CallNotPermittedException refusal() {
    Era current = era;
    State now = current.effectiveState();
    // It may have closed since it refused; what was refused was refused by an open breaker.
    State told = now == State.CLOSED ? State.OPEN : now;
    return new CallNotPermittedException(provider(), told, remaining(current, ticker.nanos()));
  }

  @Override
  public BreakerView view() {
    Era current = era;
    BreakerState known = state;
    long now = ticker.nanos();
    boolean blown = current.mode() == Era.Mode.BLOWN;
    long lastFailure = lastFailureMillis;
    return new BreakerView(
        provider(),
        settings.priority(),
        current.effectiveState(),
        Duration.ofNanos(Math.max(0, now - current.sinceNanos())),
        remaining(current, now),
        current.failures().current(),
        successes.sum(),
        rejections.sum(),
        lastFailure == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(lastFailure)),
        settings.failureThreshold(),
        blown ? "failure threshold reached" : known.reason(),
        known.held(),
        // Era and state are read one after the other: only if they belong together do they say
        // this.
        !blown && known.generation() == current.generation() && known.isShared());
  }

  private Duration remaining(Era current, long now) {
    return current.mode() == Era.Mode.BLOWN ? settings.openDuration() : state.remaining(now);
  }

  Era era() {
    return era;
  }

  BreakerState state() {
    return state;
  }

  Event.Counts counts() {
    return new Event.Counts(era.failures().current(), lastFailureMillis);
  }

  /** From now on calling threads report to {@code listener}. For the actor. */
  void bind(Signals listener) {
    signals = listener;
  }

  /**
   * Shows {@code next} to callers, unless the era is no longer {@code seen}. For the actor.
   *
   * @return false if a caller has blown the fuse meanwhile; nothing was changed
   */
  boolean publish(Era seen, BreakerState next, boolean freshCounts) {
    BreakerState previous = state;
    state = next;
    if (seen.generation() == next.generation()) {
      return true;
    }
    FailureCount failures = freshCounts ? new FailureCount() : seen.failures();
    if (ERA.compareAndSet(this, seen, Era.of(next, failures, settings.halfOpenMaxCalls()))) {
      return true;
    }
    state = previous;
    return false;
  }

  private void settleSuccess(Era issued) {
    successes.increment();
    if (era != issued) {
      return;
    }
    if (issued.mode() == Era.Mode.HALF_OPEN) {
      issued.returnProbe();
      signals.probeSucceeded(issued.generation(), counts());
    } else {
      issued.failures().reset();
    }
  }

  private void settleFailure(Era issued) {
    lastFailureMillis = clock.millis();
    int failures = issued.failures().increment();
    if (issued.mode() == Era.Mode.HALF_OPEN) {
      signals.probeFailed(issued.generation(), counts());
    } else if (failures >= settings.failureThreshold() && era == issued) {
      blowFuse(issued, failures);
    }
  }

  private void blowFuse(Era issued, int failures) {
    if (ERA.compareAndSet(this, issued, issued.blown(ticker.nanos()))) {
      signals.fuseBlown(issued.generation(), new Event.Counts(failures, lastFailureMillis));
    }
  }

  private void settleIgnored(Era issued) {
    if (issued.mode() == Era.Mode.HALF_OPEN) {
      issued.returnProbe();
    }
  }

  /** A permit of this gate, bound to the era it was taken in; true once it is settled. */
  private final class IssuedPermit extends AtomicBoolean implements Permit {
    private static final long serialVersionUID = 1L;

    private final transient Era issued;

    IssuedPermit(Era issued) {
      this.issued = issued;
    }

    @Override
    public void success() {
      if (compareAndSet(false, true)) {
        settleSuccess(issued);
      }
    }

    @Override
    public void failure() {
      if (compareAndSet(false, true)) {
        settleFailure(issued);
      }
    }

    @Override
    public void ignore() {
      if (compareAndSet(false, true)) {
        settleIgnored(issued);
      }
    }
  }

  /**
   * Nobody listens yet. What is missed here is a blown fuse at most, and that one stays visible.
   */
  private enum Unheard implements Signals {
    INSTANCE;

    @Override
    public void fuseBlown(long generation, Event.Counts counts) {}

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {}

    @Override
    public void probeFailed(long generation, Event.Counts counts) {}
  }
}
