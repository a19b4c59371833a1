package io.fleetbreaker;

import static org.assertj.core.api.Assertions.*;

import io.fleetbreaker.breaker.Gate;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.*;
import org.junit.jupiter.api.*;

class FailoverTrapsTest {
  private final Providers p = new Providers();

  @AfterEach
  void stop() {
    p.close();
  }

  @Test
  void anErrorInAClassifierEndsTheStage() {
    Gate a =
        p.add(
            "a",
            1,
            s ->
                s.classifier(
                    OutcomeClassifier.builder()
                        .exceptions(
                            e -> {
                              throw new NoClassDefFoundError("rule");
                            })
                        .build()));
    CompletionStage<Served<String>> s =
        Failover.of(a).callAsync(x -> CompletableFuture.failedFuture(new IOException()));
    assertThat(s.toCompletableFuture()).isDone();
  }

  @Test
  void anErrorInAClassifierLosesNoProbe() {
    Gate a =
        p.add(
            "a",
            1,
            s ->
                s.classifier(
                    OutcomeClassifier.builder()
                        .exceptions(
                            e -> {
                              throw new NoClassDefFoundError("rule");
                            })
                        .build()));
    p.halfOpen(a);
    var unused =
        catchThrowable(
            () ->
                Failover.of(a)
                    .call(
                        x -> {
                          throw new IOException();
                        }));
    p.eventually(a, State.OPEN);
  }

  @Test
  void aWaitThatIsOverCountsNoCall() throws Exception {
    Gate a = p.add("a", 1);
    p.open(a);
    var stage =
        Failover.of(a)
            .waitingUpTo(Duration.ofSeconds(90))
            .callAsync(x -> CompletableFuture.completedFuture("x"));
    p.pass(Providers.OPEN_FOR);
    stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    assertThat(a.view().counts().ignored()).isZero();
  }
}
