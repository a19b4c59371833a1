package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.breaker.FleetClock;
import io.fleetbreaker.breaker.Gate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailoverAsyncTest {
  private final Providers providers = new Providers();
  private final Gate openai = providers.add("openai", 1);
  private final Gate anthropic = providers.add("anthropic", 2);
  private final Failover failover = providers.failover(openai, anthropic);
  private final List<String> asked = new ArrayList<>();
  private final CompletableFuture<String> ofOpenai = new CompletableFuture<>();
  private final CompletableFuture<String> ofAnthropic = new CompletableFuture<>();

  @AfterEach
  void stop() {
    providers.close();
  }

  private CompletableFuture<Served<String>> start() {
    return start(provider -> provider.equals("openai") ? ofOpenai : ofAnthropic);
  }

  private CompletableFuture<Served<String>> start(
      Function<String, ? extends CompletionStage<String>> call) {
    return failover
        .<String>callAsync(
            provider -> {
              asked.add(provider);
              return call.apply(provider);
            })
        .toCompletableFuture();
  }

  @Test
  void itIsServedWhenTheProvidersStageCompletes() {
    CompletableFuture<Served<String>> served = start();
    assertThat(served).isNotDone();

    ofOpenai.complete("hello");

    assertThat(served).isCompletedWithValue(new Served<>("openai", "hello", true, List.of()));
    assertThat(openai.view().counts().successful()).isEqualTo(1);
    assertThat(asked).containsExactly("openai");
  }

  @Test
  void aCountedFailureMovesOn() {
    CompletableFuture<Served<String>> served = start();

    ofOpenai.completeExceptionally(new CompletionException(new IOException("reset")));
    assertThat(asked).containsExactly("openai", "anthropic");
    assertThat(served).isNotDone();
    ofAnthropic.complete("hello");

    assertThat(served.join().provider()).isEqualTo("anthropic");
    assertThat(served.join().tried())
        .hasToString("[openai failed with java.io.IOException: reset]");
    assertThat(openai.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void whatTheFunctionThrowsMovesOnToo() {
    CompletableFuture<Served<String>> served =
        start(
            provider -> {
              if (provider.equals("openai")) {
                throw new IllegalStateException("no connection");
              }
              return CompletableFuture.completedStage(provider);
            });

    assertThat(served.join().provider()).isEqualTo("anthropic");
    assertThat(openai.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void anIgnoredExceptionFailsItAtOnce() {
    CompletableFuture<Served<String>> served = start();

    ofOpenai.cancel(false);

    assertThatThrownBy(served::join).isInstanceOf(CancellationException.class);
    assertThat(asked).containsExactly("openai");
    assertThat(openai.view().counts().ignored()).isEqualTo(1);
  }

  @Test
  void aFunctionThatReturnsNoStageIsTheCallersMistake() {
    CompletableFuture<Served<String>> served = start(provider -> null);

    assertThat(served)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(NullPointerException.class)
        .withMessageContaining("the call returned null instead of a stage");
    assertThat(asked).containsExactly("openai");
    assertThat(openai.view().counts().ignored()).isEqualTo(1);
  }

  @Test
  void whenNobodyServesItFailsWithEachNamed() {
    CompletableFuture<Served<String>> served = start();

    ofOpenai.completeExceptionally(new IOException("reset"));
    ofAnthropic.completeExceptionally(new IOException("refused"));

    assertThatThrownBy(served::join)
        .cause()
        .isInstanceOf(AllProvidersFailedException.class)
        .hasMessage(
            "no provider served the call: openai failed with java.io.IOException: reset,"
                + " anthropic failed with java.io.IOException: refused");
  }

  @Test
  void whenAllRefuseItHasFailedAlready() {
    providers.open(openai);
    providers.open(anthropic);

    CompletableFuture<Served<String>> served = start();

    assertThat(served).isCompletedExceptionally();
    assertThat(asked).isEmpty();
    assertThatThrownBy(served::join)
        .cause()
        .hasMessage(
            "no provider admits calls: openai is OPEN for another 60000 ms,"
                + " anthropic is OPEN for another 60000 ms");
  }

  @Test
  void theLastAnswerIsNotLostThoughItCountsAsAFailure() {
    Gate strict =
        providers.add(
            "strict",
            1,
            settings ->
                settings.classifier(
                    OutcomeClassifier.builder()
                        .failureIfResult(Integer.class, status -> status >= 500)
                        .build()));

    Served<Integer> served =
        Failover.of(strict)
            .callAsync(provider -> CompletableFuture.completedStage(503))
            .toCompletableFuture()
            .join();

    assertThat(served).isEqualTo(new Served<>("strict", 503, false, List.of()));
    assertThat(strict.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void cancellingCancelsTheCurrentCallAndDoesNotMoveOn() {
    CompletableFuture<Served<String>> served = start();
    ofOpenai.completeExceptionally(new IOException("reset"));

    served.cancel(true);

    assertThat(ofAnthropic).isCancelled();
    assertThat(served).isCancelled();
    assertThat(anthropic.view().counts().ignored()).isEqualTo(1);
    assertThat(asked).containsExactly("openai", "anthropic");
  }

  @Test
  void aCallThatEndsAfterItWasCancelledMovesNothing() {
    // Given a stage that cannot be cancelled
    CompletableFuture<Served<String>> served = start(provider -> ofOpenai.minimalCompletionStage());
    served.cancel(true);

    ofOpenai.completeExceptionally(new IOException("reset"));

    assertThat(asked).containsExactly("openai");
    assertThat(openai.view().counts().failed()).isZero();
    assertThat(openai.view().counts().ignored()).isEqualTo(1);
  }

  @Test
  void aTimeOutOfTheWholeCountsAgainstTheProviderThatHasNotAnswered() {
    CompletableFuture<Served<String>> served = start();

    served.completeExceptionally(new TimeoutException());

    assertThat(openai.view().counts().failed()).isEqualTo(1);
    assertThat(asked).containsExactly("openai");
    ofOpenai.completeExceptionally(new IOException("reset"));
    assertThat(asked).containsExactly("openai");
    assertThat(openai.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void manyProvidersThatFailAtOnceNeedNoStack() {
    List<Gate> many = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      many.add(new Gate(ProviderSettings.defaults("p" + i), FleetClock.system()));
    }

    CompletionStage<Served<String>> served =
        Failover.of(many)
            .callAsync(provider -> CompletableFuture.failedStage(new IOException("reset")));

    assertThatThrownBy(() -> served.toCompletableFuture().join())
        .cause()
        .isInstanceOf(AllProvidersFailedException.class);
  }
}
