package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fleetbreaker.*;
import io.fleetbreaker.sync.*;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.*;
import org.apache.pekko.actor.typed.*;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.*;

class EngineTrapsTest {
  /** 1: e.getMessage() is null for many exceptions. */
  @Test
  void aFailureWithoutAMessageStillOpens() {
    ProviderSettings s =
        ProviderSettings.builder("openai")
            .failureThreshold(2)
            .classifier(
                OutcomeClassifier.builder()
                    .exceptions(e -> Outcome.failure(e.getMessage()))
                    .build())
            .build();
    GateFixture f = new GateFixture(0, s);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(
              () ->
                  f.gate.call(
                      () -> {
                        throw new IOException();
                      }))
          .isInstanceOf(IOException.class);
    }
    assertThat(f.isShut()).isTrue();
  }

  @Test
  void aProbeThatFailsWithoutAMessageReopens() {
    Gate gate = halfOpen();
    var unused =
        catchThrowable(() -> gate.tryAcquire().orElseThrow().settle(Outcome.failure(null)));
    eventually(gate, State.OPEN);
  }

  @Test
  void aFailureOfAProbeWhosePlaceWasGivenOutAgainReopens() {
    Gate gate = halfOpen();
    Permit slow = outlastingTheRound(gate);

    slow.failure();

    eventually(gate, State.OPEN);
  }

  @Test
  void aSuccessOfAProbeWhosePlaceWasGivenOutAgainCloses() {
    Gate gate = halfOpen();
    Permit slow = outlastingTheRound(gate);

    slow.success();

    eventually(gate, State.CLOSED);
  }

  private final ActorTestKit kit = ActorTestKit.create();
  private final ManualTicker ticker = new ManualTicker(1_000);
  private final FleetClock clock = new FleetClock(ticker, InstantSource.system());

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private Gate halfOpen() {
    Gate gate = new Gate(ProviderSettings.builder("openai").failureThreshold(1).build(), clock);
    ActorRef<SyncPort.Message> sync = kit.spawn(LocalSync.create("me:1:1:a", ticker));
    kit.spawn(
        Behaviors.supervise(ProviderBreaker.create(gate, clock, sync))
            .onFailure(SupervisorStrategy.restart()));
    gate.tryAcquire().orElseThrow().failure();
    eventually(gate, State.OPEN);
    pass(Duration.ofSeconds(60));
    // The first call that comes asks for a probe; it may be the one after it that gets it.
    kit.createTestProbe()
        .awaitAssert(
            () -> {
              gate.tryAcquire().orElseThrow().ignore();
              return null;
            });
    eventually(gate, State.HALF_OPEN);
    return gate;
  }

  /** A probe that takes longer than a round: its place is given out again meanwhile. */
  private Permit outlastingTheRound(Gate gate) {
    Permit slow = gate.tryAcquire().orElseThrow();
    assertThat(gate.isPermitAvailable()).isFalse();
    pass(Duration.ofSeconds(61));
    kit.createTestProbe()
        .awaitAssert(
            () -> {
              assertThat(gate.isPermitAvailable()).isTrue();
              return null;
            });
    return slow;
  }

  private void pass(Duration d) {
    ticker.advance(d);
    clock.tick();
  }

  private void eventually(Gate gate, State state) {
    kit.createTestProbe()
        .awaitAssert(
            () -> {
              assertThat(gate.view().state()).isEqualTo(state);
              assertThat(gate.view().shared()).isTrue();
              return null;
            });
  }

  @Test
  void anErrorInAListenerForPermitsLosesNoProbe() throws Exception {
    Gate gate = halfOpen();
    gate.onPermitAvailable(
        () -> {
          throw new AssertionError("listener");
        });
    String answer = gate.call(() -> "an answer");
    assertThat(answer).isEqualTo("an answer");
    eventually(gate, State.CLOSED);
  }

  @Test
  void anErrorInATickDoesNotStopTheTime() throws Exception {
    ManualTicker t = new ManualTicker(0);
    FleetClock c = new FleetClock(t, InstantSource.system());
    AtomicInteger later = new AtomicInteger();
    c.alarm(
        1,
        () -> {
          throw new OutOfMemoryError("transient");
        });
    c.alarm(2, later::incrementAndGet);
    t.advance(Duration.ofSeconds(1));
    ActorSystem<Void> own =
        ActorSystem.create(
            Behaviors.empty(),
            "own",
            com.typesafe.config.ConfigFactory.parseString("pekko.jvm-exit-on-fatal-error = off")
                .withFallback(com.typesafe.config.ConfigFactory.load()));
    try {
      own.scheduler()
          .scheduleWithFixedDelay(
              Duration.ofMillis(10),
              Duration.ofMillis(10),
              c::tick,
              scala.concurrent.ExecutionContext.fromExecutor(Runnable::run));
      kit.createTestProbe()
          .awaitAssert(
              () -> {
                assertThat(later).hasValue(1);
                return null;
              });
    } finally {
      own.terminate();
    }
  }

  @Test
  void aListenerAddedAfterTheEndHasNoThread() throws Exception {
    GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(1));
    GateEvents events = new GateEvents(List.of(f.gate));
    events.close();
    Set<Thread> before = threads();
    events.onTransition(t -> {});
    assertThat(before).containsAll(threads());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().equals("fleetbreaker-listener"))
        .collect(Collectors.toSet());
  }

  @Test
  void aHigherThresholdReplacesTheDefaultOne() {
    ProviderSettings s =
        ProviderSettings.defaults("openai").toBuilder().failureThreshold(10).build();
    assertThat(s.tripPolicy().failuresThatOpen()).isEqualTo(10);
  }

  @Test
  void aHintThatWasWithdrawnDoesNotMakeAStableBreakerYoung() {
    OpenTime time = OpenTime.exponential(Duration.ofSeconds(60), Duration.ofHours(1));
    ProviderSettings s =
        ProviderSettings.builder("openai").failureThreshold(1).openTime(time).build();
    long hour = Duration.ofHours(1).toNanos();
    BreakerState closed = BreakerState.initial(0).withAttempt(4); // last opened long ago
    Revision open =
        new Revision(
            new RevisionId(1, 1, "x"),
            List.of("x"),
            State.OPEN,
            0,
            60_000,
            60_000,
            1,
            "r",
            "w",
            5,
            0,
            0);
    BreakerState hinted =
        Transitions.apply(closed, new Event.Hinted(open, Duration.ofSeconds(60)), s, hour, 0.5)
            .next();
    BreakerState back =
        Transitions.apply(hinted, new Event.HintWithdrawn(), s, hour + 50_000_000, 0.5).next();
    BreakerState opened =
        Transitions.apply(
                back,
                new Event.FuseBlown(back.generation(), Event.Counts.NONE, new Trip("t")),
                s,
                hour + 60_000_000_000L,
                0.5)
            .next();
    assertThat(opened.attempt()).isEqualTo(1);
  }

  @Test
  void aJoinerDoesNotBackOffForWhatIsLongOver() {
    OpenTime time = OpenTime.exponential(Duration.ofSeconds(60), Duration.ofHours(1));
    ProviderSettings s =
        ProviderSettings.builder("openai").failureThreshold(1).openTime(time).build();
    BreakerState joined = BreakerState.initial(0);
    // closed for 50 minutes, by the store
    Revision closed =
        new Revision(
            new RevisionId(1, 9, "x"), List.of("x"), State.CLOSED, 0, 0, 0, 5, "r", "w", 5, 0, 0);
    BreakerState adopted =
        Transitions.apply(joined, new Event.Adopted(closed, Duration.ZERO), s, 1, 0.5).next();
    BreakerState opened =
        Transitions.apply(
                adopted,
                new Event.FuseBlown(adopted.generation(), Event.Counts.NONE, new Trip("t")),
                s,
                2_000_000_000L,
                0.5)
            .next();
    assertThat(opened.attempt()).isEqualTo(1);
  }

  @Test
  void cancellingAStageWithFallbackCancelsTheCall() {
    GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(1));
    CompletableFuture<String> call = new CompletableFuture<>();
    CompletionStage<String> s =
        f.gate.callAsyncWithFallback(() -> call, e -> CompletableFuture.completedFuture("x"));
    s.toCompletableFuture().cancel(true);
    assertThat(call).isCancelled();
  }

  @Test
  void aTimeOutOnAStageWithFallbackCountsAsAFailure() {
    GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(1));
    CompletionStage<String> s =
        f.gate.callAsyncWithFallback(
            CompletableFuture::new, e -> CompletableFuture.completedFuture("x"));
    s.toCompletableFuture().completeExceptionally(new TimeoutException());
    assertThat(f.isShut()).isTrue();
  }
}
