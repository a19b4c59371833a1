package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetbreaker.breaker.Gate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailoverTest {
  private final Providers providers = new Providers();
  private final Gate openai = providers.add("openai", 1);
  private final Gate anthropic = providers.add("anthropic", 2);
  private final Failover failover = providers.failover(anthropic, openai);

  @AfterEach
  void stop() {
    providers.close();
  }

  private static String unlessOpenai(String provider) throws IOException {
    if (provider.equals("openai")) {
      throw new IOException("reset");
    }
    return "hello from " + provider;
  }

  @Test
  void theMostPreferredProviderServes() throws Exception {
    Served<String> served = failover.call(provider -> "hello from " + provider);

    assertThat(served).isEqualTo(new Served<>("openai", "hello from openai", true, List.of()));
    assertThat(openai.view().counts().successful()).isEqualTo(1);
    assertThat(anthropic.view().counts().successful()).isZero();
  }

  @Test
  void providersAreSortedByPriorityThenName() {
    Gate azure = providers.add("azure", 2);

    assertThat(Failover.of(azure, anthropic, openai).providers())
        .containsExactly("openai", "anthropic", "azure");
  }

  @Test
  void noProviderIsRefused() {
    assertThatThrownBy(() -> Failover.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("failover needs at least one provider, was given none");
  }

  @Test
  void aNameGivenTwiceIsRefused() {
    assertThatThrownBy(() -> Failover.of(openai, anthropic, openai))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("failover needs distinct providers, was given 'openai' twice");
  }

  @Test
  void aCountedFailureMovesOn() throws Exception {
    Served<String> served = failover.call(FailoverTest::unlessOpenai);

    assertThat(served.provider()).isEqualTo("anthropic");
    assertThat(served.result()).isEqualTo("hello from anthropic");
    assertThat(served.tried()).hasSize(1).first().isInstanceOf(Attempt.Failed.class);
    assertThat(served.tried()).hasToString("[openai failed with java.io.IOException: reset]");
    assertThat(openai.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void aProviderThatRefusesIsPassedOver() throws Exception {
    providers.open(openai);
    providers.pass(Duration.ofSeconds(59));

    Served<String> served = failover.call(provider -> provider);

    assertThat(served.result()).isEqualTo("anthropic");
    assertThat(served.tried()).hasToString("[openai is OPEN for another 1000 ms]");
  }

  @Test
  void anIgnoredExceptionIsThrownAtOnce() {
    Gate strict =
        providers.add(
            "strict",
            1,
            settings ->
                settings.classifier(
                    OutcomeClassifier.builder().ignore(IllegalArgumentException.class).build()));
    IllegalArgumentException mistake = new IllegalArgumentException("the caller's own");
    List<String> asked = new ArrayList<>();

    assertThatThrownBy(
            () ->
                Failover.of(strict, anthropic)
                    .call(
                        provider -> {
                          asked.add(provider);
                          throw mistake;
                        }))
        .isSameAs(mistake);

    assertThat(asked).containsExactly("strict");
    assertThat(strict.view().counts().ignored()).isEqualTo(1);
  }

  @Test
  void cancellationAndInterruptAreThrownAtOnce() {
    for (Exception end : List.of(new CancellationException(), new InterruptedException())) {
      assertThatThrownBy(
              () ->
                  failover.call(
                      provider -> {
                        throw end;
                      }))
          .isSameAs(end);
    }
    assertThat(anthropic.view().counts().ignored()).isZero();
  }

  @Test
  void anInterruptedThreadAsksNoFurtherProvider() {
    IOException closed = new IOException("closed by interrupt");
    try {
      assertThatThrownBy(
              () ->
                  failover.call(
                      provider -> {
                        Thread.currentThread().interrupt();
                        throw closed;
                      }))
          .isSameAs(closed);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(anthropic.view().counts().failed()).isZero();
  }

  @Test
  void aResultThatCountsAsAFailureMovesOn() throws Exception {
    Gate http = providers.add("http", 1, FailoverTest::status);

    Served<Integer> served =
        Failover.of(http, anthropic).call(provider -> provider.equals("http") ? 503 : 200);

    assertThat(served.provider()).isEqualTo("anthropic");
    assertThat(served.accepted()).isTrue();
    assertThat(served.tried())
        .hasToString("[http gave a result that counts as a failure: HTTP 503]");
    assertThat(http.view().counts().failed()).isEqualTo(1);
  }

  private static ProviderSettings.Builder status(ProviderSettings.Builder settings) {
    return settings.classifier(
        OutcomeClassifier.builder()
            .results(
                Integer.class, status -> status >= 500 ? Outcome.failure("HTTP " + status) : null)
            .build());
  }

  @Test
  void theLastAnswerIsNotLostThoughItCountsAsAFailure() throws Exception {
    Gate first = providers.add("first", 1, FailoverTest::status);
    Gate second = providers.add("second", 2, FailoverTest::status);
    Gate third = providers.add("third", 3);

    Served<Integer> served =
        Failover.of(first, second, third)
            .call(
                provider ->
                    switch (provider) {
                      case "first" -> 503;
                      case "second" -> 500;
                      default -> throw new IOException("reset");
                    });

    assertThat(served.provider()).isEqualTo("second");
    assertThat(served.result()).isEqualTo(500);
    assertThat(served.accepted()).isFalse();
    assertThat(served.tried())
        .hasToString(
            "[first gave a result that counts as a failure: HTTP 503,"
                + " third failed with java.io.IOException: reset]");
  }

  @Test
  void aNullResultIsAnAnswer() throws Exception {
    assertThat(failover.<String>call(provider -> null).result()).isNull();
  }

  @Test
  void aClassifierThatThrowsCountsAsWithoutIt() throws Exception {
    Gate broken =
        providers.add(
            "broken",
            1,
            settings ->
                settings.classifier(
                    OutcomeClassifier.builder()
                        .failureIf(
                            e -> {
                              throw new IllegalStateException("broken");
                            })
                        .build()));

    Served<String> served =
        Failover.of(broken, anthropic)
            .call(
                provider -> {
                  if (provider.equals("broken")) {
                    throw new IOException("reset");
                  }
                  return provider;
                });

    assertThat(served.provider()).isEqualTo("anthropic");
    assertThat(broken.view().counts().failed()).isEqualTo(1);
  }

  @Test
  void whenAllRefuseEachIsNamedWithItsRemainingWaitAndNoStackTrace() {
    providers.halfOpen(anthropic);
    assertThat(anthropic.tryAcquire()).isPresent();
    providers.open(openai);
    providers.pass(Duration.ofMillis(58_800));

    AllProvidersFailedException refused =
        catchThrowableOfType(
            AllProvidersFailedException.class, () -> failover.call(provider -> provider));

    assertThat(refused)
        .hasMessage(
            "no provider admits calls: openai is OPEN for another 1200 ms, anthropic is HALF_OPEN")
        .hasNoCause();
    assertThat(refused.allRefused()).isTrue();
    assertThat(refused.retryAfter()).contains(Duration.ofMillis(1200));
    assertThat(refused.getStackTrace()).isEmpty();
    assertThat(openai.view().counts().rejected()).isEqualTo(1);
  }

  @Test
  void retryAfterIsEmptyIfNobodyKnows() {
    Attempt probesAreOut =
        new Attempt.Refused(
            new CallNotPermittedException("openai", State.HALF_OPEN, Duration.ZERO));
    Attempt forced =
        new Attempt.Refused(
            new CallNotPermittedException(
                "anthropic", State.OPEN, Duration.ZERO, OverrideMode.FORCED_OPEN));

    AllProvidersFailedException refused =
        new AllProvidersFailedException(List.of(probesAreOut, forced));

    assertThat(refused.retryAfter()).isEmpty();
    assertThat(refused)
        .hasMessage("no provider admits calls: openai is HALF_OPEN, anthropic is FORCED_OPEN");
  }

  @Test
  void retryAfterIsZeroForAnOpenThatIsOver() {
    Attempt over =
        new Attempt.Refused(new CallNotPermittedException("openai", State.OPEN, Duration.ZERO));

    assertThat(new AllProvidersFailedException(List.of(over)).retryAfter()).contains(Duration.ZERO);
  }

  @Test
  void whenAllFailTheLastFailureIsTheCauseAndTheOthersAreSuppressed() {
    AllProvidersFailedException failed =
        catchThrowableOfType(
            AllProvidersFailedException.class,
            () ->
                failover.call(
                    provider -> {
                      throw new IOException(provider + " reset");
                    }));

    assertThat(failed)
        .hasMessage(
            "no provider served the call: openai failed with java.io.IOException: openai reset,"
                + " anthropic failed with java.io.IOException: anthropic reset");
    assertThat(failed.getCause()).hasMessage("anthropic reset");
    assertThat(failed.getSuppressed()).hasSize(1);
    assertThat(failed.getSuppressed()[0]).hasMessage("openai reset");
    assertThat(failed.retryAfter()).isEmpty();
    assertThat(failed.getStackTrace()).isNotEmpty();
  }

  @Test
  void oneExceptionThrownByAllProvidersIsNotItsOwnSuppressed() {
    IOException always = new IOException("reset");

    AllProvidersFailedException failed =
        catchThrowableOfType(
            AllProvidersFailedException.class,
            () ->
                failover.call(
                    provider -> {
                      throw always;
                    }));

    assertThat(failed.getCause()).isSameAs(always);
    assertThat(failed.getSuppressed()).isEmpty();
  }

  @Test
  void aHalfOpenProviderIsProbedByOneCallWhileOthersUseTheNext() throws Exception {
    providers.halfOpen(openai);

    Served<String> probe =
        failover.call(provider -> provider + ", meanwhile " + failover.call(p -> p).result());

    assertThat(probe.result()).isEqualTo("openai, meanwhile anthropic");
  }

  @Test
  void aProviderThatHasRecoveredIsUsedAgain() throws Exception {
    failover.call(FailoverTest::unlessOpenai);
    assertThat(failover.call(provider -> provider).provider()).isEqualTo("anthropic");
    providers.eventually(openai, State.OPEN);
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);

    assertThat(failover.call(provider -> provider).provider()).isEqualTo("openai");
    providers.eventually(openai, State.CLOSED);

    assertThat(failover.call(provider -> provider).provider()).isEqualTo("openai");
  }

  @Test
  void anIgnoredProbeGivesItsPermitBack() {
    providers.halfOpen(openai);

    assertThatThrownBy(
            () ->
                failover.call(
                    provider -> {
                      throw new CancellationException();
                    }))
        .isInstanceOf(CancellationException.class);

    assertThat(openai.isPermitAvailable()).isTrue();
  }

  @Test
  void whileThePreferredProviderFailsEveryCallOf64ThreadsIsServedByTheSecond() throws Exception {
    int threads = 64;
    int callsEach = 200;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch go = new CountDownLatch(1);
    try {
      List<Future<Boolean>> runs = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        runs.add(
            pool.submit(
                () -> {
                  go.await();
                  for (int call = 0; call < callsEach; call++) {
                    if (!failover
                        .call(FailoverTest::unlessOpenai)
                        .result()
                        .equals("hello from anthropic")) {
                      return false;
                    }
                  }
                  return true;
                }));
      }

      go.countDown();

      for (Future<Boolean> run : runs) {
        assertThat(run.get(60, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
    CallCounts preferred = openai.view().counts();
    assertThat(preferred.failed() + preferred.rejected()).isEqualTo((long) threads * callsEach);
    assertThat(anthropic.view().counts().successful()).isEqualTo((long) threads * callsEach);
  }
}
