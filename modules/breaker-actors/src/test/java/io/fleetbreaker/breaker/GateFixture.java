package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.Outcome;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.TripPolicy;
import io.fleetbreaker.breaker.Transitions.Places;
import io.fleetbreaker.breaker.Transitions.Step;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** A gate without an actor, whose time stands still until a test moves it. */
final class GateFixture {
  static final Instant WALL = Instant.parse("2026-11-22T02:15:49Z");

  final ManualTicker ticker;
  final FleetClock clock;
  final Gate gate;
  final RecordingSignals signals = new RecordingSignals();

  GateFixture(long startNanos, ProviderSettings settings) {
    ticker = new ManualTicker(startNanos);
    clock = new FleetClock(ticker, InstantSource.fixed(WALL));
    gate = new Gate(settings, clock);
    gate.bind(signals);
  }

  static GateFixture of(TripCondition... conditions) {
    return new GateFixture(-5, settings(TripPolicy.anyOf(conditions)));
  }

  static ProviderSettings settings(TripPolicy policy) {
    return ProviderSettings.builder("openai").tripPolicy(policy).halfOpenMaxCalls(2).build();
  }

  /** Lets time pass for the exact and for the coarse clock. */
  void pass(Duration by) {
    ticker.advance(by);
    clock.tick();
  }

  Permit take() {
    return gate.tryAcquire().orElseThrow();
  }

  boolean isShut() {
    return gate.tryAcquire()
        .map(
            permit -> {
              permit.ignore();
              return permit;
            })
        .isEmpty();
  }

  void fail(int times) {
    for (int i = 0; i < times; i++) {
      take().failure();
    }
  }

  void succeed(int times) {
    for (int i = 0; i < times; i++) {
      take().success();
    }
  }

  /** A call that takes so long and ends so. */
  void last(Duration duration, Outcome outcome) {
    Permit permit = take();
    pass(duration);
    permit.settle(outcome);
  }

  /** What the actor would do to bring the gate there. */
  void show(State state) {
    long now = ticker.nanos();
    long deadline = now + Duration.ofSeconds(60).toNanos();
    publish(gate.state().enter(state, now, deadline, 1, "for the test"), state == State.CLOSED);
  }

  /** OPEN whose time is over. */
  void showDue() {
    show(State.OPEN);
    publish(gate.state().becomeDue(), false);
  }

  void override(@Nullable OverrideMode mode, @Nullable Duration lasting) {
    long now = ticker.nanos();
    Long until = lasting == null ? null : (Long) (now + lasting.toNanos());
    ManualOverride next = mode == null ? null : new ManualOverride(mode, "by hand", now, until);
    publish(gate.state().enterUnder(Overrides.NONE.withLocal(next)), true);
  }

  /** What the actor would do; HALF_OPEN as it is while the fleet cannot be asked. */
  private void publish(BreakerState next, boolean freshCounts) {
    Places places = next.state() == State.HALF_OPEN ? Places.LOCAL : Places.KEPT;
    publish(new Step(next, null, freshCounts, places), null);
  }

  void publish(Step step, @Nullable Lease granted) {
    assertThat(gate.publish(gate.era(), step, granted)).isTrue();
  }
}
