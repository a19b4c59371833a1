package io.fleetbreaker.http;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallCounts;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.State;
import io.fleetbreaker.fleet.OperatorCommand;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A breaker that opens after consecutive failures, a little later than the call that opens it: it
 * still shows what it was when it is next looked at, and when it has opened it has not yet counted
 * the failures beyond those that opened it. By looks and not by time, which no test can rely on.
 */
final class TestBreaker {
  static final Instant FAILED_AT = Instant.parse("2026-11-22T02:15:49.364548Z");
  static final Duration STATE_AGE = Duration.ofNanos(1_234_567);

  private final String provider;
  private final int priority;
  private final int threshold;
  private State state = State.CLOSED;
  private int failures;
  private int uncounted;
  private int ignored;
  private int grants = Integer.MAX_VALUE;
  private boolean deaf;
  private Optional<OverrideView> override = Optional.empty();
  private RevisionId revision = RevisionId.NONE;
  private Duration remaining = Duration.ZERO;
  private String reason = "test";
  private boolean shared = true;
  private @Nullable Instant lastFailure;

  TestBreaker(String provider, int priority, int threshold) {
    this.provider = provider;
    this.priority = priority;
    this.threshold = threshold;
  }

  synchronized BreakerView view() {
    BreakerView seen = look();
    countFailures();
    return seen;
  }

  private BreakerView look() {
    return new BreakerView(
        provider,
        priority,
        override.map(TestBreaker::under).orElse(state),
        state,
        override,
        STATE_AGE,
        remaining,
        failures,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        new CallCounts(7, failures, 0, 0, 0, 2),
        Optional.ofNullable(lastFailure),
        threshold,
        reason,
        revision,
        shared);
  }

  private static State under(OverrideView override) {
    return override.mode() == OverrideMode.FORCED_OPEN ? State.OPEN : State.CLOSED;
  }

  /** Does what an operator wants; {@code id} is the revision that makes. */
  synchronized void obey(OperatorCommand command, RevisionId id, boolean inFleet) {
    reason = command.reason();
    shared = inFleet;
    if (inFleet) {
      revision = id;
    }
    remaining = Duration.ZERO;
    switch (command.action()) {
      case TRIP -> {
        state = State.OPEN;
        remaining = command.lasting().orElse(Duration.ofSeconds(30));
      }
      case RESET -> {
        state = State.CLOSED;
        failures = 0;
      }
      case ENABLE -> override = Optional.empty();
      case FORCE_OPEN -> override(command, OverrideMode.FORCED_OPEN);
      case DISABLE -> override(command, OverrideMode.DISABLED);
      case METRICS_ONLY -> override(command, OverrideMode.METRICS_ONLY);
    }
  }

  private void override(OperatorCommand command, OverrideMode mode) {
    override =
        Optional.of(
            new OverrideView(
                mode, command.reason(), command.operator(), command.lasting(), shared));
    remaining =
        command.lasting().filter(any -> mode == OverrideMode.FORCED_OPEN).orElse(Duration.ZERO);
  }

  synchronized Optional<Permit> tryAcquire() {
    if (state == State.OPEN || grants == 0) {
      return Optional.empty();
    }
    grants--;
    return Optional.of(new TestPermit());
  }

  synchronized void become(State next) {
    state = next;
    failures = next == State.CLOSED ? 0 : failures;
  }

  /** Refuses after this many more permits. */
  synchronized void grantOnly(int more) {
    grants = more;
  }

  /** Counts failures but never opens. */
  synchronized void neverOpens() {
    deaf = true;
  }

  synchronized int ignored() {
    return ignored;
  }

  synchronized int failures() {
    return failures;
  }

  private synchronized void fail() {
    uncounted++;
  }

  private void countFailures() {
    if (uncounted == 0) {
      return;
    }
    boolean all = deaf || state == State.OPEN;
    int now = all ? uncounted : Math.min(uncounted, Math.max(1, threshold - failures));
    uncounted -= now;
    failures += now;
    lastFailure = FAILED_AT;
    if (failures >= threshold && !deaf) {
      state = State.OPEN;
    }
  }

  private synchronized void countIgnored() {
    ignored++;
  }

  private final class TestPermit implements Permit {
    private final AtomicBoolean settled = new AtomicBoolean();

    @Override
    public void settle(Outcome outcome) {
      if (!settled.compareAndSet(false, true)) {
        return;
      }
      switch (outcome.kind()) {
        case SUCCESS -> {}
        case FAILURE -> fail();
        case IGNORED -> countIgnored();
      }
    }

    @Override
    public void result(@Nullable Object result) {
      success();
    }

    @Override
    public void error(Throwable thrown) {
      failure();
    }
  }
}
