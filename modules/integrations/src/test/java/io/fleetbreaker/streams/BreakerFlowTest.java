package io.fleetbreaker.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.streams.BreakerFlow.Failed;
import io.fleetbreaker.streams.BreakerFlow.Refused;
import io.fleetbreaker.streams.BreakerFlow.Result;
import io.fleetbreaker.streams.BreakerFlow.Served;
import io.fleetbreaker.testing.RunningBreaker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Supervision;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BreakerFlowTest {
  private static final Duration GIVE_UP = Duration.ofSeconds(30);
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .failureThreshold(2)
          .openDuration(Duration.ofMinutes(1))
          .build();

  private final RunningBreaker running = new RunningBreaker(SETTINGS);
  private final CircuitBreaker breaker = running.breaker();

  /** The calls in flight, by element. */
  private final Map<Integer, CompletableFuture<String>> calls = new ConcurrentHashMap<>();

  @AfterEach
  void stop() {
    running.close();
  }

  private CompletionStage<String> inFlight(int element) {
    return calls.computeIfAbsent(element, e -> new CompletableFuture<>());
  }

  /** Answers at once: even elements are served, odd ones fail. */
  private static CompletionStage<String> evenOnly(int element) {
    return element % 2 == 0
        ? CompletableFuture.completedFuture("ok " + element)
        : CompletableFuture.failedFuture(new IllegalStateException("odd " + element));
  }

  private <O> List<O> through(Flow<Integer, O, NotUsed> flow, Integer... elements)
      throws Exception {
    return Source.from(List.of(elements))
        .via(flow)
        .runWith(Sink.seq(), running.system())
        .toCompletableFuture()
        .get(GIVE_UP.toSeconds(), TimeUnit.SECONDS);
  }

  private CallCounts counts() {
    return breaker.view().counts();
  }

  @Test
  void resultsKeepTheOrderOfTheElements() {
    CompletionStage<List<String>> results =
        Source.range(1, 3)
            .via(BreakerFlow.mapAsync(3, breaker, this::inFlight))
            .runWith(Sink.seq(), running.system());
    await().atMost(GIVE_UP).until(() -> calls.size() == 3);

    calls.get(3).complete("c");
    calls.get(2).complete("b");
    calls.get(1).complete("a");

    assertThat(results.toCompletableFuture().join()).containsExactly("a", "b", "c");
    assertThat(counts().successful()).isEqualTo(3);
  }

  @Test
  void noMoreCallsThanAskedForAreInFlight() {
    CompletionStage<List<String>> results =
        Source.range(1, 3)
            .via(BreakerFlow.mapAsync(2, breaker, this::inFlight))
            .runWith(Sink.seq(), running.system());
    await().atMost(GIVE_UP).until(() -> calls.size() == 2);

    calls.get(2).complete("b");
    assertThat(calls).containsOnlyKeys(1, 2);
    calls.get(1).complete("a");
    await().atMost(GIVE_UP).until(() -> calls.size() == 3);
    calls.get(3).complete("c");

    assertThat(results.toCompletableFuture().join()).containsExactly("a", "b", "c");
  }

  @Test
  void aRefusedElementFailsTheStream() {
    running.trip();

    assertThatThrownBy(
            () -> through(BreakerFlow.mapAsync(1, breaker, BreakerFlowTest::evenOnly), 2))
        .hasCauseInstanceOf(CallNotPermittedException.class);
  }

  @Test
  void aSupervisionThatResumesDropsWhatIsRefused() throws Exception {
    Flow<Integer, String, NotUsed> resuming =
        BreakerFlow.<Integer, String>mapAsync(1, breaker, BreakerFlowTest::evenOnly)
            .withAttributes(
                ActorAttributes.withSupervisionStrategy(
                    e ->
                        e instanceof CallNotPermittedException
                            ? Supervision.resume()
                            : Supervision.stop()));
    assertThat(through(resuming, 2, 4)).containsExactly("ok 2", "ok 4");
    running.trip();

    assertThat(through(resuming, 2, 4)).isEmpty();
    assertThat(counts().rejected()).isEqualTo(2);
  }

  @Test
  void nothingIsLostWhenCallsFailAndAreRefused() throws Exception {
    List<Result<Integer, String>> results =
        through(BreakerFlow.tryMapAsync(1, breaker, BreakerFlowTest::evenOnly), 2, 1, 3, 4);

    assertThat(results).extracting(Result::in).containsExactly(2, 1, 3, 4);
    assertThat(results.get(0)).isEqualTo(new Served<>(2, "ok 2"));
    assertThat(results.get(1))
        .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.error()).hasMessage("odd 1"));
    assertThat(results.get(2)).isInstanceOf(Failed.class);
    assertThat(results.get(3))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.refusal().provider()).isEqualTo("openai"));
    assertThat(counts()).isEqualTo(new CallCounts(1, 2, 0, 0, 0, 1));
  }

  @Test
  void aCallThatThrowsIsAFailedElement() throws Exception {
    List<Result<Integer, String>> results =
        through(
            BreakerFlow.tryMapAsync(
                1,
                breaker,
                element -> {
                  throw new IllegalStateException("no stage");
                }),
            1);

    assertThat(results)
        .singleElement()
        .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.error()).hasMessage("no stage"));
    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void aRefusalByAnotherProviderIsThisOnesFailure() throws Exception {
    CallNotPermittedException other =
        new CallNotPermittedException("anthropic", State.OPEN, Duration.ZERO);

    List<Result<Integer, String>> results =
        through(
            BreakerFlow.tryMapAsync(1, breaker, element -> CompletableFuture.failedFuture(other)),
            1);

    assertThat(results).containsExactly(new Failed<>(1, other));
  }

  @Test
  void aCallThatReturnsNullIsServed() throws Exception {
    List<Result<Integer, Void>> results =
        through(
            BreakerFlow.<Integer, Void>tryMapAsync(
                1, breaker, element -> CompletableFuture.completedFuture(null)),
            1);

    assertThat(results).containsExactly(new Served<>(1, null));
  }

  @Test
  void aFlowCanBeUsedForManyStreams() throws Exception {
    Flow<Integer, String, NotUsed> flow =
        BreakerFlow.mapAsync(2, breaker, BreakerFlowTest::evenOnly);

    List<String> all = new ArrayList<>(through(flow, 2));
    all.addAll(through(flow, 4));

    assertThat(all).containsExactly("ok 2", "ok 4");
  }

  @Test
  void aStreamCancelledInFlightLosesNoPermit() throws Exception {
    // Given a probe in flight, the only one that half-open admits
    running.trip();
    running.halfOpen();
    UniqueKillSwitch stream =
        Source.single(1)
            .concat(Source.<Integer>maybe())
            .via(BreakerFlow.mapAsync(1, breaker, this::inFlight))
            .viaMat(KillSwitches.single(), Keep.right())
            .to(Sink.ignore())
            .run(running.system());
    await().atMost(GIVE_UP).until(() -> calls.size() == 1);
    assertThat(breaker.tryAcquire()).isEmpty();

    stream.shutdown();
    calls.get(1).complete("back again");

    running.eventually(State.CLOSED);
    assertThat(counts().successful()).isEqualTo(1);
  }

  @Test
  void aStreamThatFailsLosesNoPermit() throws Exception {
    CompletionStage<List<String>> failed =
        Source.range(1, 3)
            .via(BreakerFlow.mapAsync(3, breaker, this::inFlight))
            .runWith(Sink.seq(), running.system());
    await().atMost(GIVE_UP).until(() -> calls.size() == 3);

    calls.get(1).completeExceptionally(new IllegalStateException("down"));
    assertThatThrownBy(() -> failed.toCompletableFuture().join()).hasRootCauseMessage("down");
    calls.get(2).complete("b");
    calls.get(3).complete("c");

    assertThat(counts()).isEqualTo(new CallCounts(2, 1, 0, 0, 0, 0));
  }
}
