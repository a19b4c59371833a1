package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.CallCounts;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.OutcomeClassifier;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.TripCondition;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class GuardedStageTest {
  private final GateFixture f = GateFixture.of(new TripCondition.ConsecutiveFailures(2));
  private final CompletableFuture<String> call = new CompletableFuture<>();

  private CompletableFuture<String> guard() {
    return f.gate.callAsync(() -> call).toCompletableFuture();
  }

  private CallCounts counts() {
    return f.gate.view().counts();
  }

  @Test
  void theCallLastsUntilItsStageCompletes() {
    List<Long> durations = new ArrayList<>();
    f.gate.observe((outcome, durationNanos, slow) -> durations.add(durationNanos));
    CompletableFuture<String> guarded = guard();
    assertThat(counts().successful()).isZero();
    f.pass(Duration.ofNanos(77));

    call.complete("fine");

    assertThat(guarded.join()).isEqualTo("fine");
    assertThat(counts().successful()).isEqualTo(1);
    assertThat(durations).containsExactly(77L);
  }

  @Test
  void aStageThatHasCompletedIsReturnedAsItIs() {
    CompletionStage<String> done = CompletableFuture.completedFuture("fine");

    assertThat(f.gate.callAsync(() -> done)).isSameAs(done);
    assertThat(counts().successful()).isEqualTo(1);
  }

  @Test
  void aCompletedResultIsJudgedToo() {
    GateFixture picky =
        new GateFixture(
            0,
            ProviderSettings.builder("openai")
                .classifier(
                    OutcomeClassifier.builder()
                        .failureIfResult(String.class, "bad"::equals)
                        .build())
                .build());
    CompletableFuture<String> later = new CompletableFuture<>();

    picky.gate.callAsync(() -> CompletableFuture.completedFuture("bad"));
    picky.gate.callAsync(() -> later);
    later.complete("bad");

    assertThat(picky.gate.view().counts().failed()).isEqualTo(2);
  }

  @Test
  void aStageThatHasFailedIsAFailure() {
    CompletableFuture<String> guarded =
        f.gate
            .<String>callAsync(() -> CompletableFuture.failedFuture(new IOException("down")))
            .toCompletableFuture();

    assertThatThrownBy(guarded::join).hasCauseInstanceOf(IOException.class);
    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void aStageOfAnotherKindIsGuardedToo() {
    CompletionStage<String> minimal = call.minimalCompletionStage();

    CompletableFuture<String> guarded = f.gate.callAsync(() -> minimal).toCompletableFuture();
    call.completeExceptionally(new IOException("down"));

    assertThatThrownBy(guarded::join).hasCauseInstanceOf(IOException.class);
    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void whatTheSupplierThrowsFailsTheStage() {
    CompletionStage<String> guarded =
        f.gate.callAsync(
            () -> {
              throw new IllegalStateException("no call");
            });

    assertThatThrownBy(() -> guarded.toCompletableFuture().join())
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(counts().failed()).isEqualTo(1);
  }

  @Test
  void anErrorOfTheSupplierFailsTheStageAndIsIgnored() {
    CompletionStage<String> guarded =
        f.gate.callAsync(
            () -> {
              throw new AssertionError("a bug");
            });

    assertThatThrownBy(() -> guarded.toCompletableFuture().join())
        .hasCauseInstanceOf(AssertionError.class);
    assertThat(counts().ignored()).isEqualTo(1);
  }

  @Test
  void nullInsteadOfAStageIsNotTheProvidersFault() {
    f.show(State.HALF_OPEN);
    for (int i = 0; i < 5; i++) {
      CompletionStage<String> guarded = f.gate.callAsync(() -> null);

      assertThatThrownBy(() -> guarded.toCompletableFuture().join())
          .hasRootCauseInstanceOf(NullPointerException.class)
          .hasRootCauseMessage("the guarded call returned null instead of a stage");
    }
    assertThat(counts().ignored()).as("each probe's permit went back").isEqualTo(5);
  }

  @Test
  void aRefusalFailsTheStageAndMakesNoCall() {
    f.show(State.OPEN);

    CompletionStage<String> guarded =
        f.gate.callAsync(
            () -> {
              throw new AssertionError("must not be called");
            });

    assertThatThrownBy(() -> guarded.toCompletableFuture().join())
        .hasCauseInstanceOf(CallNotPermittedException.class);
    assertThat(counts().rejected()).isEqualTo(1);
  }

  @Test
  void cancellingIsIgnoredAndCancelsTheCall() {
    CompletableFuture<String> guarded = guard();

    assertThat(guarded.cancel(true)).isTrue();

    assertThat(guarded).isCancelled();
    assertThat(call).isCancelled();
    assertThat(counts()).isEqualTo(new CallCounts(0, 0, 1, 0, 0, 0));
  }

  @Test
  void cancellingACallThatCannotBeCancelledIsIgnoredToo() {
    CompletionStage<String> stubborn =
        new CompletableFuture<String>() {
          @Override
          public CompletableFuture<String> toCompletableFuture() {
            throw new UnsupportedOperationException();
          }
        };
    CompletableFuture<String> guarded = f.gate.callAsync(() -> stubborn).toCompletableFuture();

    assertThat(guarded.cancel(false)).isTrue();

    assertThat(counts().ignored()).isEqualTo(1);
  }

  @Test
  void cancellingWhatHasEndedChangesNothing() {
    CompletableFuture<String> guarded = guard();
    call.complete("fine");

    assertThat(guarded.cancel(true)).isFalse();

    assertThat(guarded.join()).isEqualTo("fine");
    assertThat(counts()).isEqualTo(new CallCounts(1, 0, 0, 0, 0, 0));
  }

  @Test
  void aCallThatIsCancelledByItselfIsIgnored() {
    CompletableFuture<String> guarded = guard();

    call.cancel(true);

    assertThatThrownBy(guarded::join).isInstanceOf(CancellationException.class);
    assertThat(counts().ignored()).isEqualTo(1);
  }

  @Test
  void aTimeOutIsAFailureWhateverTheCallBrings() {
    CompletableFuture<String> guarded = guard().orTimeout(1, TimeUnit.MILLISECONDS);

    assertThatThrownBy(guarded::join).hasCauseInstanceOf(TimeoutException.class);
    call.complete("too late");

    assertThat(counts()).isEqualTo(new CallCounts(0, 1, 0, 0, 0, 0));
  }

  @Test
  void whoeverSeesTheFailureThatBlowsTheFuseFindsTheGateShut() {
    f.fail(1);
    CompletableFuture<String> guarded = guard();
    CompletableFuture<Boolean> shut = guarded.handle((result, error) -> f.isShut());

    call.completeExceptionally(new IOException("down"));

    assertThat(shut).isCompletedWithValue(true);
  }

  @Test
  void whoeverSeesASuccessFindsItCounted() {
    CompletableFuture<String> guarded = guard();
    CompletableFuture<Long> counted = guarded.thenApply(result -> counts().successful());

    call.complete("fine");

    assertThat(counted).isCompletedWithValue(1L);
  }

  @Test
  void whoeverSeesATimeOutThatBlowsTheFuseFindsTheGateShut() {
    f.fail(1);
    CompletableFuture<Boolean> shut =
        guard().orTimeout(1, TimeUnit.MILLISECONDS).handle((result, error) -> f.isShut());

    assertThat(shut.join()).isTrue();
  }

  @Test
  void aFallbackGetsTheExceptionWithoutItsWrapper() {
    List<Throwable> given = new ArrayList<>();
    CompletionStage<String> failed =
        f.gate.callAsyncWithFallback(
            () -> call.thenApply(text -> text + "!"),
            e -> {
              given.add(e);
              return CompletableFuture.completedFuture("instead");
            });
    call.completeExceptionally(new IOException("down"));
    f.show(State.OPEN);
    CompletionStage<String> refused =
        f.gate.callAsyncWithFallback(
            () -> call,
            e -> {
              given.add(e);
              return CompletableFuture.completedFuture("refused");
            });

    assertThat(failed.toCompletableFuture().join()).isEqualTo("instead");
    assertThat(refused.toCompletableFuture().join()).isEqualTo("refused");
    assertThat(given.get(0)).isInstanceOf(IOException.class);
    assertThat(given.get(1)).isInstanceOf(CallNotPermittedException.class);
  }

  @Test
  void aWrapperWithoutACauseIsGivenAsItIs() {
    CompletionException bare = new CompletionException("bare", null);

    CompletionStage<String> answer =
        f.gate.callAsyncWithFallback(
            () -> CompletableFuture.failedFuture(bare),
            e -> CompletableFuture.completedFuture(e.getMessage()));

    assertThat(answer.toCompletableFuture().join()).isEqualTo("bare");
  }

  @Test
  void withoutAFailureTheFallbackIsNotAsked() {
    CompletionStage<String> answer =
        f.gate.callAsyncWithFallback(
            () -> CompletableFuture.completedFuture("fine"),
            e -> CompletableFuture.completedFuture("instead"));

    assertThat(answer.toCompletableFuture().join()).isEqualTo("fine");
  }

  @Test
  void whoeverEndsAStageIsToldWhetherItWasHim() {
    CompletableFuture<String> guarded = guard();

    assertThat(guarded.completeExceptionally(new IOException("mine"))).isTrue();
    assertThat(guarded.completeExceptionally(new IOException("later"))).isFalse();
    assertThat(counts().failed()).isEqualTo(1);
  }
}
