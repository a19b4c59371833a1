package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Subscription;
import io.fleetbreaker.breaker.Transitions.Places;
import io.fleetbreaker.breaker.Transitions.Step;
import io.fleetbreaker.sync.SyncPort;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final int THRESHOLD = 3;
  private static final Instant WALL = Instant.parse("2026-11-22T02:15:49Z");

  private final ManualTicker ticker = new ManualTicker(-5);
  private final RecordingSignals signals = new RecordingSignals();
  private final FleetClock clock = new FleetClock(ticker, InstantSource.fixed(WALL));
  private final Gate gate = gate(THRESHOLD, 2);

  private Gate gate(int threshold, int probes) {
    Gate made =
        new Gate(
            ProviderSettings.builder("openai")
                .priority(1)
                .failureThreshold(threshold)
                .openDuration(Duration.ofSeconds(60))
                .halfOpenMaxCalls(probes)
                .successThreshold(1)
                .halfOpenMaxDuration(Duration.ofSeconds(60))
                .build(),
            clock);
    made.bind(signals);
    return made;
  }

  private void show(State state) {
    BreakerState next =
        gate.state()
            .enter(
                state,
                ticker.nanos(),
                ticker.nanos() + Duration.ofSeconds(60).toNanos(),
                1,
                "for the test");
    Places places = state == State.HALF_OPEN ? Places.LOCAL : Places.KEPT;
    Step step = new Step(next, null, state == State.CLOSED, places);
    assertThat(gate.publish(gate.era(), step, null)).isTrue();
  }

  private Permit take() {
    return gate.tryAcquire().orElseThrow();
  }

  @Test
  void theCallAfterTheFailureThatCrossesTheThresholdIsRefused() {
    take().failure();
    take().failure();
    assertThat(gate.tryAcquire()).isPresent();

    take().failure();

    assertThat(gate.tryAcquire()).isEmpty();
    assertThat(gate.view().state()).isEqualTo(State.OPEN);
    assertThat(gate.view().remaining()).isEqualTo(Duration.ofSeconds(60));
    assertThat(signals.blown).hasValue(1);
  }

  @Test
  void aSuccessEndsTheRunOfFailures() {
    take().failure();
    take().failure();
    take().success();
    take().failure();
    take().failure();

    assertThat(gate.view().state()).isEqualTo(State.CLOSED);
    assertThat(gate.view().failureCount()).isEqualTo(2);
  }

  @Test
  void aThresholdOfOneOpensOnTheFirstFailure() {
    Gate touchy = gate(1, 1);

    touchy.tryAcquire().orElseThrow().failure();

    assertThat(touchy.tryAcquire()).isEmpty();
  }

  @Test
  void aMinimalStageThatIsDoneAlreadyIsCountedToo() {
    CompletableFuture<String> result =
        gate.callAsync(() -> CompletableFuture.completedStage("hello")).toCompletableFuture();

    assertThat(result).isCompletedWithValue("hello");
    assertThat(gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void whoWaitsForPermitsIsToldOfEachChangeThatAdmitsCalls() {
    AtomicInteger told = new AtomicInteger();
    Subscription subscription = gate.onPermitAvailable(told::incrementAndGet);

    show(State.OPEN);
    assertThat(told).hasValue(0);
    assertThat(gate.isPermitAvailable()).isFalse();
    show(State.HALF_OPEN);
    assertThat(told).hasValue(1);
    Permit first = take();
    assertThat(gate.isPermitAvailable()).isTrue();
    Permit second = take();
    assertThat(gate.isPermitAvailable()).isFalse();
    first.ignore();
    assertThat(told).hasValue(2);
    second.success();
    assertThat(told).hasValue(3);
    show(State.CLOSED);
    assertThat(told).hasValue(4);

    subscription.close();
    show(State.OPEN);
    show(State.CLOSED);
    assertThat(told).hasValue(4);
    assertThat(gate.view().counts().rejected()).isZero();
  }

  @Test
  void aListenerForPermitsThatThrowsHarmsNobody() {
    AtomicInteger told = new AtomicInteger();
    gate.onPermitAvailable(
        () -> {
          throw new IllegalStateException("broken");
        });
    gate.onPermitAvailable(told::incrementAndGet);
    show(State.OPEN);

    show(State.CLOSED);

    assertThat(told).hasValue(1);
    assertThat(gate.view().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void callsInFlightWhenTheProviderDiesAreAllCounted() {
    List<Permit> inFlight = List.of(take(), take(), take(), take(), take());

    inFlight.forEach(Permit::failure);

    assertThat(gate.view().failureCount()).isEqualTo(5);
    assertThat(gate.view().lastFailure()).contains(WALL);
    assertThat(signals.blown).hasValue(1);
  }

  @Test
  void aPermitSettlesOnce() {
    Permit permit = take();

    permit.failure();
    permit.failure();
    permit.failure();
    permit.success();

    assertThat(gate.view().failureCount()).isEqualTo(1);
    assertThat(gate.view().counts().successful()).isZero();
  }

  @Test
  void aLateSuccessDoesNotMendABlownFuse() {
    Permit slow = take();
    take().failure();
    take().failure();
    take().failure();

    slow.success();

    assertThat(gate.tryAcquire()).isEmpty();
    assertThat(gate.view().failureCount()).isEqualTo(3);
  }

  @Test
  void aLateSuccessOfTheClosedEraDoesNotCloseHalfOpen() {
    Permit slow = take();
    show(State.OPEN);
    show(State.HALF_OPEN);

    slow.success();

    assertThat(signals.probeSuccesses).hasValue(0);
    assertThat(gate.view().state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void aLateFailureOfAnOlderEraBlowsNoFuse() {
    List<Permit> slow = List.of(take(), take(), take());
    show(State.OPEN);
    show(State.CLOSED);

    slow.forEach(Permit::failure);

    assertThat(gate.tryAcquire()).isPresent();
    assertThat(gate.view().failureCount()).isZero();
  }

  @Test
  void openRefusesAndSaysForHowLong() {
    show(State.OPEN);
    ticker.advance(Duration.ofSeconds(20));

    assertThatThrownBy(() -> gate.call(() -> "never"))
        .isInstanceOfSatisfying(
            CallNotPermittedException.class,
            refusal -> {
              assertThat(refusal.provider()).isEqualTo("openai");
              assertThat(refusal.state()).isEqualTo(State.OPEN);
              assertThat(refusal.remaining()).isEqualTo(Duration.ofSeconds(40));
              assertThat(refusal.getStackTrace()).isEmpty();
              assertThat(refusal)
                  .hasMessage(
                      "circuit breaker 'openai' is OPEN and does not permit calls for another"
                          + " 40000 ms");
            });
    assertThat(gate.view().counts().rejected()).isEqualTo(1);
  }

  @Test
  void aRefusalNeverSaysThatAClosedBreakerRefused() {
    assertThat(gate.refusal().state()).isEqualTo(State.OPEN);
    assertThat(gate.refusal().remaining()).isZero();
  }

  @Test
  void halfOpenAdmitsAsManyProbesAsAreFree() {
    show(State.HALF_OPEN);

    Permit first = take();
    Permit second = take();
    assertThat(gate.tryAcquire()).isEmpty();

    first.ignore();
    assertThat(gate.tryAcquire()).isPresent();
    second.failure();
    assertThat(gate.tryAcquire()).as("a failed probe's place is not given out again").isEmpty();
    assertThat(signals.probeFailures).hasValue(1);
  }

  @Test
  void halfOpenAdmitsExactlyItsProbesUnderContention() throws Exception {
    show(State.HALF_OPEN);
    int threads = 64;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch together = new CountDownLatch(1);
    try {
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        answers.add(
            pool.submit(
                () -> {
                  together.await();
                  return gate.tryAcquire().isPresent();
                }));
      }
      together.countDown();
      int admitted = 0;
      for (Future<Boolean> answer : answers) {
        admitted += answer.get(30, TimeUnit.SECONDS) ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(2);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void theFuseBlowsOnceUnderContention() throws Exception {
    int threads = 16;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Permit> permits = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        permits.add(take());
      }
      List<Future<?>> all = new ArrayList<>();
      permits.forEach(permit -> all.add(pool.submit(permit::failure)));
      for (Future<?> one : all) {
        one.get(30, TimeUnit.SECONDS);
      }
      assertThat(signals.blown).hasValue(1);
      assertThat(gate.view().failureCount()).isEqualTo(200);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void callsSettleByWhatTheyThrow() throws Exception {
    assertThat(gate.call(() -> "fine")).isEqualTo("fine");
    assertThatThrownBy(
            () ->
                gate.call(
                    () -> {
                      throw new IOException("down");
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () ->
                gate.run(
                    () -> {
                      throw new IllegalStateException("down");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                gate.call(
                    () -> {
                      throw new InterruptedException();
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThatThrownBy(
            () ->
                gate.run(
                    () -> {
                      throw new AssertionError("a bug, not the provider");
                    }))
        .isInstanceOf(AssertionError.class);

    assertThat(gate.view().counts().successful()).isEqualTo(1);
    assertThat(gate.view().failureCount()).isEqualTo(2);
  }

  @Test
  void theActorCannotPublishOverAFuseThatBlewMeanwhile() {
    Era seen = gate.era();
    take().failure();
    take().failure();
    take().failure();

    boolean published =
        gate.publish(
            seen,
            new Step(gate.state().enter(State.CLOSED, ticker.nanos(), 0, 0, "stale"), null, true),
            null);

    assertThat(published).isFalse();
    assertThat(gate.tryAcquire()).isEqualTo(Optional.empty());
    assertThat(gate.view().state()).isEqualTo(State.OPEN);
  }

  @Test
  void aChangeThatCallersNeedNotNoticeKeepsTheirEra() {
    Era seen = gate.era();

    boolean published =
        gate.publish(
            seen,
            new Step(gate.state().withHeld(Revisions.of(State.CLOSED, 7).id()), null, false),
            null);

    assertThat(published).isTrue();
    assertThat(gate.era()).isSameAs(seen);
    assertThat(gate.view().revision().version()).isEqualTo(7);
  }

  @Test
  void theViewTellsTheAgeOfTheState() {
    show(State.OPEN);
    ticker.advance(Duration.ofMillis(1500));

    assertThat(gate.view().stateAge()).isEqualTo(Duration.ofMillis(1500));
    assertThat(gate.view().reason()).isEqualTo("for the test");
  }

  private static final class RecordingSignals implements Gate.Signals {
    private final AtomicInteger blown = new AtomicInteger();
    private final AtomicInteger probeSuccesses = new AtomicInteger();
    private final AtomicInteger probeFailures = new AtomicInteger();

    @Override
    public void fuseBlown(long generation, Event.Counts counts, Trip trip) {
      blown.incrementAndGet();
    }

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {
      probeSuccesses.incrementAndGet();
    }

    @Override
    public void probeFailed(long generation, Event.Counts counts, Trip trip) {
      probeFailures.incrementAndGet();
    }

    @Override
    public void probeWanted(long generation) {}

    @Override
    public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {}
  }
}
