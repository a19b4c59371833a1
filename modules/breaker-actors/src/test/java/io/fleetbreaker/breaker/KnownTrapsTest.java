package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.CallWindow;
import io.fleetbreaker.OpenTime;
import io.fleetbreaker.Outcome;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What circuit breakers are known to get wrong; each test is named after the trap. */
class KnownTrapsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
    CyclicBarrier start = new CyclicBarrier(tasks.size());
    try {
      List<Future<T>> running = new ArrayList<>();
      for (Callable<T> task : tasks) {
        running.add(
            pool.submit(
                () -> {
                  start.await();
                  return task.call();
                }));
      }
      List<T> answers = new ArrayList<>();
      for (Future<T> one : running) {
        answers.add(one.get(30, TimeUnit.SECONDS));
      }
      return answers;
    } finally {
      pool.shutdownNow();
    }
  }

  private static GateFixture halfOpen(int probes) {
    GateFixture f =
        new GateFixture(0, ProviderSettings.builder("openai").halfOpenMaxCalls(probes).build());
    f.show(State.HALF_OPEN);
    return f;
  }

  @Test
  void anIgnoredErrorDuringAProbeReturnsThePermit() {
    GateFixture f =
        new GateFixture(
            0,
            ProviderSettings.builder("openai")
                .halfOpenMaxCalls(1)
                .classifier(
                    OutcomeClassifier.builder().ignore(IllegalArgumentException.class).build())
                .build());
    f.show(State.HALF_OPEN);

    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () ->
                  f.gate.call(
                      () -> {
                        throw new IllegalArgumentException("our own fault");
                      }))
          .isInstanceOf(IllegalArgumentException.class);
    }

    Permit probe = f.take();
    assertThat(f.gate.tryAcquire()).as("one probe, not ten").isEmpty();
    assertThat(f.signals.probeFailures()).isEmpty();
    probe.ignore();
    assertThat(f.gate.tryAcquire()).isPresent();
  }

  @Test
  @Tag("actors")
  void aLateSuccessFromTheClosedEraDoesNotCloseHalfOpen() {
    try (ActorFixture f =
        new ActorFixture(0, ProviderSettings.builder("openai").failureThreshold(1).build())) {
      ActorRef<SyncPort.BreakerMessage> actor = f.spawn();
      Permit slow = f.gate.tryAcquire().orElseThrow();
      f.fail(1);
      f.proposed();
      f.pass(MINUTE);
      f.recover(actor);

      slow.success();
      f.settle(actor);

      assertThat(f.gate.view().state()).isEqualTo(State.HALF_OPEN);
      assertThat(f.gate.view().counts().successful()).as("counted it is").isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 64})
  void halfOpenAdmitsExactlyNUnder64Threads(int probes) throws Exception {
    GateFixture f = halfOpen(probes);
    List<Callable<Optional<Permit>>> calls = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      calls.add(f.gate::tryAcquire);
    }

    long admitted = together(calls).stream().filter(Optional::isPresent).count();

    assertThat(admitted).isEqualTo(probes);
    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  void halfOpenHasNeverMoreThanNInFlightUnder64Threads() throws Exception {
    int probes = 3;
    GateFixture f = halfOpen(probes);
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Callable<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      calls.add(
          () -> {
            for (int n = 0; n < 200; n++) {
              f.gate
                  .tryAcquire()
                  .ifPresent(
                      permit -> {
                        int now = inFlight.incrementAndGet();
                        most.accumulateAndGet(now, Math::max);
                        inFlight.decrementAndGet();
                        permit.ignore();
                      });
            }
            return null;
          });
    }

    together(calls);

    assertThat(most.get()).isBetween(1, probes);
    for (int i = 0; i < probes; i++) {
      assertThat(f.gate.tryAcquire()).as("every place is free again").isPresent();
    }
    assertThat(f.gate.tryAcquire()).isEmpty();
  }

  @Test
  @Tag("actors")
  void aCrashOfTheActorBetweenFuseAndTransitionLosesNothing() {
    try (ActorFixture f =
        new ActorFixture(0, ProviderSettings.builder("openai").failureThreshold(2).build())) {
      ActorRef<SyncPort.BreakerMessage> actor = f.spawn();
      // The message of the fuse dies with the actor.
      f.gate.bind(new RecordingSignals());
      f.fail(2);
      assertThat(f.gate.era().mode()).isEqualTo(Era.Mode.BLOWN);

      f.crash(actor);

      f.registered();
      Proposal trip = f.proposed();
      assertThat(trip.kind()).isEqualTo(Proposal.Kind.TRIP);
      assertThat(trip.failureCount()).isEqualTo(2);
      assertThat(f.gate.tryAcquire()).isEmpty();
      f.pass(MINUTE);
      f.recover(actor);
      f.gate.tryAcquire().orElseThrow().success();
      f.eventually(State.CLOSED);
    }
  }

  @Test
  void aPlainSuccessRacingTheFuseDoesNotMendIt() throws Exception {
    for (int round = 0; round < 300; round++) {
      GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(2));
      Permit success = f.take();
      Permit first = f.take();
      Permit second = f.take();
      List<Callable<Boolean>> race =
          List.of(
              () -> {
                success.success();
                return true;
              },
              () -> {
                first.failure();
                second.failure();
                return f.isShut();
              });

      boolean seenShut = together(race).get(1);

      boolean blown = f.signals.blown().size() == 1;
      assertThat(f.isShut()).as("round " + round).isEqualTo(blown).isEqualTo(seenShut);
    }
  }

  @Test
  void slowCallsThatAlsoFailCountOnce() {
    GateFixture f =
        GateFixture.of(
            new TripCondition.FailureRate(100, 10, CallWindow.calls(10)),
            new TripCondition.SlowCallRate(
                100, Duration.ofSeconds(1), 10, CallWindow.time(Duration.ofHours(1))));
    for (int i = 0; i < 2; i++) {
      f.last(Duration.ofSeconds(2), Outcome.failure());
    }
    f.succeed(7);
    assertThat(f.gate.view().failureRate()).as("nine calls, not eleven").isEmpty();
    assertThat(f.gate.view().slowCallRate()).isEmpty();

    f.succeed(1);

    assertThat(f.gate.view().failureRate()).hasValue(20);
    assertThat(f.gate.view().slowCallRate()).hasValue(20);
    assertThat(f.gate.view().counts()).isEqualTo(new CallCounts(8, 2, 0, 0, 2, 0));
  }

  @Tag("actors")
  @ParameterizedTest
  @ValueSource(
      longs = {
        Long.MAX_VALUE,
        Long.MAX_VALUE - 30_000_000_000L,
        Long.MIN_VALUE,
        -1,
        0,
        -30_000_000_000L
      })
  void anOpenLastsAsLongWhereverTheClockStands(long start) {
    try (ActorFixture f =
        new ActorFixture(start, ProviderSettings.builder("openai").failureThreshold(1).build())) {
      ActorRef<SyncPort.BreakerMessage> actor = f.spawn();
      f.fail(1);
      f.proposed();
      assertThat(f.gate.view().remaining()).isEqualTo(MINUTE);

      f.pass(MINUTE.minusNanos(1));
      f.settle(actor);
      assertThat(f.gate.view().state()).isEqualTo(State.OPEN);
      assertThat(f.gate.view().remaining()).isEqualTo(Duration.ofNanos(1));
      assertThat(f.gate.view().stateAge()).isEqualTo(MINUTE.minusNanos(1));
      f.pass(Duration.ofNanos(1));

      assertThat(f.recover(actor).kind()).isEqualTo(Proposal.Kind.HALF_OPEN);
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        Long.MAX_VALUE,
        Long.MAX_VALUE - 5_000_000_000L,
        Long.MIN_VALUE,
        -1,
        0,
        -5_000_000_000L
      })
  void aWindowAndASlowCallLastAsLongWhereverTheClockStands(long start) {
    GateFixture f =
        new GateFixture(
            start,
            ProviderSettings.builder("openai")
                .tripOn(new TripCondition.FailureCount(3, Duration.ofSeconds(10)))
                .tripOn(
                    new TripCondition.SlowCallRate(
                        100, Duration.ofSeconds(2), 1, CallWindow.time(MINUTE)))
                .build());
    f.fail(2);
    f.pass(Duration.ofSeconds(10));
    f.fail(1);
    assertThat(f.isShut()).isFalse();
    f.pass(Duration.ofSeconds(9));
    f.fail(1);
    assertThat(f.isShut()).isFalse();

    f.fail(1);

    assertThat(f.isShut()).isTrue();
    assertThat(f.gate.view().reason()).isEqualTo("3 failures within 10 s");
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1_000_000_000L, Long.MIN_VALUE, -1, 0})
  void aSlowCallIsSlowWhereverTheClockStands(long start) {
    GateFixture f =
        new GateFixture(
            start,
            ProviderSettings.builder("openai")
                .tripOn(
                    new TripCondition.SlowCallRate(
                        100, Duration.ofSeconds(2), 1, CallWindow.time(MINUTE)))
                .build());

    f.last(Duration.ofSeconds(3), Outcome.success());

    assertThat(f.isShut()).isTrue();
  }

  @Test
  void aWindowRollsOver() {
    GateFixture f = GateFixture.of(new TripCondition.FailureRate(50, 4, CallWindow.calls(4)));
    for (int i = 0; i < 100; i++) {
      f.fail(1);
      f.succeed(3);
      assertThat(f.gate.view().failureRate()).hasValue(25);
    }
    f.fail(1);
    assertThat(f.isShut()).isFalse();

    f.fail(1);

    assertThat(f.isShut()).isTrue();
  }

  @Test
  void aThresholdOfOneOpensWithTheFirst() {
    for (TripCondition touchy :
        List.of(
            new TripCondition.ConsecutiveFailures(1),
            new TripCondition.FailureCount(1, MINUTE),
            new TripCondition.FailureRate(100, 1, CallWindow.calls(1)),
            new TripCondition.FailureRate(0.001, 1, CallWindow.time(MINUTE)))) {
      GateFixture f = GateFixture.of(touchy);
      f.succeed(3);
      assertThat(f.isShut()).isFalse();

      f.fail(1);

      assertThat(f.isShut()).as("%s", touchy).isTrue();
    }
  }

  @Test
  void durationsOfZeroLengthAreRefused() {
    List<Callable<?>> zeros =
        List.of(
            () -> ProviderSettings.builder("p").openDuration(Duration.ZERO),
            () -> ProviderSettings.builder("p").halfOpenMaxDuration(Duration.ZERO).build(),
            () -> CallWindow.time(Duration.ZERO),
            () -> new TripCondition.FailureCount(1, Duration.ZERO),
            () -> new TripCondition.SlowCallRate(1, Duration.ZERO, 1, CallWindow.calls(1)),
            () -> OpenTime.exponential(Duration.ZERO, MINUTE),
            () -> OpenTime.exponential(MINUTE, Duration.ZERO));

    for (Callable<?> zero : zeros) {
      assertThatThrownBy(zero::call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be at least")
          .hasMessageContaining("was PT0S");
    }
  }
}
