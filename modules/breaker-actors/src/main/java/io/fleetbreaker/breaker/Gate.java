package io.fleetbreaker.breaker;

import io.fleetbreaker.BreakerEvents;
import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CallObserver;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.breaker.Transitions.Places;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.SyncPort;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a calling thread meets: the lock-free projection of a {@link ProviderBreaker}'s state.
 *
 * <p>Calling threads make one change by themselves, the <em>fuse</em>: who records the outcome that
 * meets the trip policy sets the era from CLOSED to BLOWN before it returns, so that whoever has
 * seen that outcome finds the gate shut. Every other change is the actor's.
 *
 * <p>A call that succeeds reads the era, and adds one to a striped counter. It reads no clock
 * unless the policy asks for slow calls or somebody observes durations, and allocates nothing.
 */
public final class Gate implements CircuitBreaker {

  /** Told what calling threads saw. Called on their threads; must not block. */
  interface Signals {
    void fuseBlown(long generation, Event.Counts counts, Trip trip);

    void probeSucceeded(long generation, Event.Counts counts);

    void probeFailed(long generation, Event.Counts counts, Trip trip);

    /** A call wants to be made and finds no place. */
    void probeWanted(long generation);

    /** The call that had a place of the fleet has ended, or does not need it. */
    void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result);
  }

  /** Stands for the beginning of a call whose duration nobody wants to know. */
  static final long UNTIMED = Long.MIN_VALUE;

  private static final VarHandle ERA = eraHandle();

  private final ProviderSettings settings;
  private final FleetClock clock;
  private final Classification classification;
  private final Observers observers;
  private final Tally tally = new Tally();

  /** A call that takes longer is slow. */
  private final long slowNanos;

  /**
   * Callers blow the fuse, the actor does the rest; both by compare-and-set through {@link #ERA}.
   */
  private volatile Era era;

  /** Written by the actor before the era that shows it; read by anyone. */
  private volatile BreakerState state;

  /** Written once by the actor when it starts; until then the actor finds a blown fuse itself. */
  private volatile Signals signals = Unheard.INSTANCE;

  /** Set once, when the actor is gone; from then on nothing is published. */
  private volatile boolean unattended;

  /** Written by callers; the last one wins, which is what it means. */
  private volatile long lastFailureMillis;

  /** A closed gate that nobody listens to yet. */
  public Gate(ProviderSettings settings, FleetClock clock) {
    this.settings = settings;
    this.clock = clock;
    this.classification = new Classification(settings);
    this.slowNanos =
        settings.tripPolicy().slowerThan().map(Duration::toNanos).orElse(Long.MAX_VALUE);
    this.observers = new Observers(settings.name(), slowNanos != Long.MAX_VALUE);
    this.state = BreakerState.initial(clock.nanos());
    this.era = Era.of(state, freshEvidence(), settings, clock);
  }

  private static VarHandle eraHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(Gate.class, "era", Era.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Evidence freshEvidence() {
    return Evidence.fresh(settings.tripPolicy(), tally, clock);
  }

  @Override
  public String provider() {
    return settings.name();
  }

  @Override
  public ProviderSettings settings() {
    return settings;
  }

  @Override
  public Optional<Permit> tryAcquire() {
    Era current = era;
    return current.admitsAll()
        ? Optional.of(permit(current))
        : Optional.ofNullable(Entrance.enter(this));
  }

  /** Without a permit object: this thread settles the call before it returns. */
  @Override
  public <T> T call(Callable<T> call) throws Exception {
    Era admitted = era;
    if (!admitted.admitsAll()) {
      return probe(call);
    }
    long begun = begin();
    T result;
    try {
      result = call.call();
    } catch (Throwable e) {
      settle(admitted, classification.ofException(e), begun);
      throw e;
    }
    settleResult(admitted, result, begun);
    return result;
  }

  private <T> T probe(Callable<T> call) throws Exception {
    Permit permit = Entrance.await(this);
    T result;
    try {
      result = call.call();
    } catch (Throwable e) {
      permit.error(e);
      throw e;
    }
    permit.result(result);
    return result;
  }

  @Override
  public void run(Runnable call) {
    Era admitted = era;
    if (!admitted.admitsAll()) {
      probe(call);
      return;
    }
    long begun = begin();
    try {
      call.run();
    } catch (Throwable e) {
      settle(admitted, classification.ofException(e), begun);
      throw e;
    }
    settle(admitted, Outcome.success(), begun);
  }

  private void probe(Runnable call) {
    Permit permit = Entrance.await(this);
    try {
      call.run();
    } catch (Throwable e) {
      permit.error(e);
      throw e;
    }
    permit.success();
  }

  @Override
  public <T> CompletionStage<T> callAsync(Supplier<? extends CompletionStage<T>> call) {
    Era current = era;
    return current.admitsAll() ? GuardedStage.of(call, permit(current)) : ProbeStage.of(this, call);
  }

  @Override
  public <T> CompletionStage<T> callAsyncWithFallback(
      Supplier<? extends CompletionStage<T>> call,
      Function<? super Throwable, ? extends CompletionStage<T>> fallback) {
    return FallbackStage.of(callAsync(call), fallback);
  }

  /** The permit of a call that is no probe. */
  Permit permit(Era admitted) {
    return new IssuedPermit(admitted, begin());
  }

  /** A call is refused, which is counted once. */
  void refused() {
    tally.rejection();
    if (observers.anyForRejections()) {
      observers.rejected();
    }
  }

  /** When a call begins, or {@link #UNTIMED}. */
  long begin() {
    if (!observers.wantDurations()) {
      return UNTIMED;
    }
    long now = clock.nanos();
    return now == UNTIMED ? now + 1 : now;
  }

  @Override
  public CallNotPermittedException refusal() {
    Era current = era;
    long now = clock.nanos();
    if (current.mode() == Era.Mode.FORCED_OPEN) {
      return new CallNotPermittedException(
          provider(), State.OPEN, remaining(current, now), OverrideMode.FORCED_OPEN);
    }
    State shown = current.effectiveState();
    // It may have closed since it refused; what was refused was refused by an open breaker.
    State told = shown == State.CLOSED ? State.OPEN : shown;
    return new CallNotPermittedException(provider(), told, remaining(current, now));
  }

  @Override
  public BreakerView view() {
    Era current = era;
    BreakerState known = state;
    long now = clock.nanos();
    Trip trip = current.trip();
    ManualOverride override = known.override();
    long lastFailure = lastFailureMillis;
    return new BreakerView(
        provider(),
        settings.priority(),
        current.effectiveState(),
        trip == null ? known.state() : State.OPEN,
        Optional.ofNullable(override).map(o -> o.view(now)),
        Duration.ofNanos(Math.max(0, now - current.sinceNanos())),
        remaining(current, now),
        current.evidence().run(),
        current.evidence().rate(false),
        current.evidence().rate(true),
        tally.counts(),
        lastFailure == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(lastFailure)),
        settings.tripPolicy().failuresThatOpen(),
        trip != null ? trip.reason() : override != null ? override.reason() : known.reason(),
        known.held(),
        // Era and state are read one after the other: only if they belong together do they say
        // this.
        trip == null && known.generation() == current.generation() && known.isShared(now));
  }

  private Duration remaining(Era current, long now) {
    BreakerState known = state;
    Trip trip = current.trip();
    if (trip != null) {
      Duration asked = trip.retryAfter();
      return asked == null ? settings.openTime().base() : settings.openTime().clamp(asked);
    }
    return known.refusesFor(now);
  }

  @Override
  public boolean isPermitAvailable() {
    return era.admits();
  }

  @Override
  public Subscription onPermitAvailable(Runnable listener) {
    Subscription subscription = observers.onPermitAvailable(listener);
    setAlarm(era);
    return subscription;
  }

  @Override
  public BreakerEvents events() {
    return observers.events(this);
  }

  @Override
  public Subscription observe(CallObserver observer) {
    return observers.add(observer);
  }

  /** Ends what listens to this gate. */
  public void endEvents() {
    observers.close();
  }

  Observers observers() {
    return observers;
  }

  FleetClock clock() {
    return clock;
  }

  Classification classification() {
    return classification;
  }

  Tally tally() {
    return tally;
  }

  Signals signals() {
    return signals;
  }

  boolean isSlow(long durationNanos) {
    return durationNanos > slowNanos;
  }

  void failedNow() {
    lastFailureMillis = clock.coarseMillis();
  }

  Era era() {
    return era;
  }

  BreakerState state() {
    return state;
  }

  Event.Counts counts() {
    return new Event.Counts(era.evidence().run(), lastFailureMillis);
  }

  /** From now on calling threads report to {@code listener}. For the actor. */
  void bind(Signals listener) {
    signals = listener;
  }

  /**
   * Shows a step to callers, unless the era is no longer {@code seen}. For the actor.
   *
   * @param granted a place that comes with it, if it is of use
   * @return false if a caller has blown the fuse meanwhile; nothing was changed
   */
  boolean publish(Era seen, Step step, @Nullable Lease granted) {
    if (unattended) {
      return true;
    }
    BreakerState next = step.next();
    BreakerState previous = state;
    state = next;
    if (seen.generation() == next.generation()) {
      showPlaces(seen, step.places(), granted);
      return true;
    }
    Evidence evidence = step.freshCounts() ? freshEvidence() : seen.evidence();
    Era shown = Era.of(next, evidence, settings, clock);
    Probes probes = shown.probes();
    if (probes != null) {
      probes.change(step.places());
      if (granted != null) {
        probes.grant(granted);
      }
    }
    if (ERA.compareAndSet(this, seen, shown)) {
      if (shown.admits()) {
        observers.permitAvailable();
      }
      return true;
    }
    state = previous;
    return false;
  }

  private void showPlaces(Era shown, Places places, @Nullable Lease granted) {
    Probes probes = shown.probes();
    if (probes == null || (places == Places.KEPT && granted == null)) {
      return;
    }
    probes.change(places);
    if (granted != null) {
      probes.grant(granted);
    }
    // After the places: who finds that the answer is there finds them too.
    probes.answered();
    if (shown.admits()) {
      observers.permitAvailable();
    }
  }

  /** The fleet gives no place; the next call may ask after this time. For the actor. */
  void pauseAsking(Duration again) {
    Era current = era;
    Probes probes = current.probes();
    if (probes != null) {
      probes.refused(clock.nanos() + again.toNanos());
      setAlarm(current);
    }
  }

  /** Tells those who listen when the fleet may be asked again. */
  private void setAlarm(Era current) {
    Probes probes = current.probes();
    if (probes != null && observers.anyForPermits()) {
      probes
          .alarmAt()
          .ifPresent(
              at ->
                  clock.alarm(
                      at,
                      () -> {
                        if (era == current) {
                          observers.permitAvailable();
                        }
                      }));
    }
  }

  /**
   * Admits every call from now on: the actor behind this gate is gone, and a gate that nobody opens
   * again must not stay shut. Calls are still counted. Idempotent.
   */
  public void leaveUnattended() {
    unattended = true;
    Era seen = era;
    long now = clock.nanos();
    Era open = Era.unattended(seen.generation() + 1, now, freshEvidence());
    while (!ERA.compareAndSet(this, seen, open)) {
      seen = era;
      open = Era.unattended(seen.generation() + 1, now, freshEvidence());
    }
    state = BreakerState.unattended(seen.generation() + 1, now, state.held());
    Probes probes = seen.probes();
    if (probes != null) {
      probes.end();
    }
    observers.permitAvailable();
  }

  private void settleResult(Era issued, @Nullable Object result, long begun) {
    if (begun == UNTIMED && issued.counts() && !classification.judgesResults()) {
      succeeded(issued);
    } else {
      settle(issued, classification.ofResult(result), begun);
    }
  }

  private void settle(Era issued, Outcome outcome, long begun) {
    if (!issued.counts()) {
      return;
    }
    long duration = begun == UNTIMED ? 0 : clock.nanos() - begun;
    boolean slow = duration > slowNanos;
    switch (outcome.kind()) {
      case SUCCESS -> {
        if (slow) {
          succeededSlowly(issued);
        } else {
          succeeded(issued);
        }
      }
      case FAILURE -> failed(issued, outcome, slow);
      case IGNORED -> tally.ignored();
    }
    if (begun != UNTIMED) {
      observers.called(outcome, duration, slow);
    }
  }

  private void succeeded(Era issued) {
    Evidence evidence = issued.evidence();
    if (evidence.isRotationDue()) {
      rotate(issued);
    }
    tally.success();
    if (era == issued) {
      evidence.endRun();
    } else {
      tally.wasLate();
    }
  }

  private void succeededSlowly(Era issued) {
    if (issued.evidence().isRotationDue()) {
      rotate(issued);
    }
    tally.success();
    tally.slowSuccess();
    if (era == issued) {
      issued.evidence().endRun();
      tripIf(issued, issued.evidence().slow(mayTrip(issued)), Outcome.success());
    } else {
      tally.wasLate();
    }
  }

  private void failed(Era issued, Outcome outcome, boolean slow) {
    tally.failure(slow);
    failedNow();
    Evidence evidence = issued.evidence();
    if (evidence.isRotationDue()) {
      rotate(issued);
    }
    tripIf(issued, evidence.failed(slow, mayTrip(issued)), outcome);
  }

  private void rotate(Era current) {
    tripIf(current, current.evidence().rotate(mayTrip(current)), Outcome.success());
  }

  private boolean mayTrip(Era issued) {
    return issued.mode() == Era.Mode.CLOSED && era == issued;
  }

  private void tripIf(Era issued, @Nullable Trip trip, Outcome outcome) {
    if (trip != null && mayTrip(issued)) {
      Trip because = trip.by(outcome);
      // Before it is shut: afterwards a success that is just ending may end the run.
      Event.Counts counts = counts();
      if (ERA.compareAndSet(this, issued, issued.blown(clock.nanos(), because))) {
        signals.fuseBlown(issued.generation(), counts, because);
      }
    }
  }

  /** A permit of this gate, bound to the era it was taken in; true once it is settled. */
  private final class IssuedPermit extends AtomicBoolean implements Permit {
    private static final long serialVersionUID = 1L;

    private final transient Era issued;
    private final long begun;

    IssuedPermit(Era issued, long begun) {
      this.issued = issued;
      this.begun = begun;
    }

    @Override
    public void settle(Outcome outcome) {
      Objects.requireNonNull(outcome, "outcome");
      if (compareAndSet(false, true)) {
        Gate.this.settle(issued, outcome, begun);
      }
    }

    @Override
    public void success() {
      if (compareAndSet(false, true)) {
        if (begun == UNTIMED && issued.counts()) {
          succeeded(issued);
        } else {
          Gate.this.settle(issued, Outcome.success(), begun);
        }
      }
    }

    @Override
    public void result(@Nullable Object result) {
      if (compareAndSet(false, true)) {
        settleResult(issued, result, begun);
      }
    }

    @Override
    public void error(Throwable thrown) {
      if (compareAndSet(false, true)) {
        Gate.this.settle(issued, classification.ofException(thrown), begun);
      }
    }
  }

  /**
   * Nobody listens yet. What is missed here is a blown fuse at most, or a call that wants a probe,
   * and these stay visible.
   */
  private enum Unheard implements Signals {
    INSTANCE;

    @Override
    public void fuseBlown(long generation, Event.Counts counts, Trip trip) {}

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {}

    @Override
    public void probeFailed(long generation, Event.Counts counts, Trip trip) {}

    @Override
    public void probeWanted(long generation) {}

    @Override
    public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {}
  }
}
