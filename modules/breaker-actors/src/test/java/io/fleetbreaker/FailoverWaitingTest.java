package io.fleetbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.breaker.Gate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FailoverWaitingTest {
  private static final Duration LONGER = Providers.OPEN_FOR.plusSeconds(30);

  private final Providers providers = new Providers();
  private final Gate openai = providers.add("openai", 1);
  private final Gate anthropic =
      providers.add("anthropic", 2, settings -> settings.openDuration(Duration.ofHours(1)));
  private final Failover failover = providers.failover(openai, anthropic).waitingUpTo(LONGER);
  private final ExecutorService callers = Executors.newCachedThreadPool();

  @BeforeEach
  void openBoth() {
    providers.open(openai);
    providers.open(anthropic);
  }

  @AfterEach
  void stop() {
    callers.shutdownNow();
    providers.close();
  }

  private <T> Future<T> waiting(Callable<T> call) {
    int before = failover.waiting();
    Future<T> future = callers.submit(call);
    providers.eventuallyWaiting(failover, before + 1);
    return future;
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aWaitThatIsTooShortOrTooLongIsRefused() {
    assertThatThrownBy(() -> failover.waitingUpTo(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the longest wait of a failover must be at least 1 ms, was PT0S");
    assertThatThrownBy(() -> failover.waitingUpTo(Duration.ofDays(2)))
        .hasMessage("the longest wait of a failover must be at most 24 h, was 48 h");
  }

  @Test
  void aCallWaitsUntilAProviderHalfOpens() throws Exception {
    Future<Served<String>> served = waiting(() -> failover.call(provider -> provider));

    providers.pass(Providers.OPEN_FOR);

    assertThat(get(served)).isEqualTo(new Served<>("openai", "openai", true, List.of()));
    providers.eventually(openai, State.CLOSED);
    assertThat(failover.waiting()).isZero();
    assertThat(openai.view().counts().rejected())
        .as("the call, and the room that asks")
        .isEqualTo(2);
  }

  @Test
  void aCallGivesUpWhenItsTimeIsOver() {
    Failover brief = failover.waitingUpTo(Duration.ofSeconds(20));
    Future<Served<String>> served = waiting(() -> brief.call(provider -> provider));

    providers.pass(Duration.ofSeconds(20));

    assertThatThrownBy(() -> get(served))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(AllProvidersFailedException.class)
        .hasMessage(
            "no provider admits calls: openai is OPEN for another 40000 ms,"
                + " anthropic is OPEN for another 3580000 ms");
    assertThat(failover.waiting()).isZero();
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    BlockingQueue<Thread> caller = new LinkedBlockingQueue<>();
    Future<Served<String>> served =
        waiting(
            () -> {
              caller.add(Thread.currentThread());
              return failover.call(provider -> provider);
            });

    caller.take().interrupt();

    assertThatThrownBy(() -> get(served)).cause().isInstanceOf(InterruptedException.class);
    assertThat(failover.waiting()).isZero();
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    assertThat(openai.isPermitAvailable()).isTrue();
  }

  @Test
  void oneProbeAdmitsOneCallAndTheOthersGoOnWaiting() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    List<Future<Served<String>>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      calls.add(
          callers.submit(
              () ->
                  failover.call(
                      provider -> {
                        asked.add(provider);
                        answer.await();
                        return provider;
                      })));
    }
    providers.eventuallyWaiting(failover, 50);

    providers.pass(Providers.OPEN_FOR);
    assertThat(asked.poll(30, TimeUnit.SECONDS)).isEqualTo("openai");
    providers.eventually(openai, State.HALF_OPEN);
    assertThat(failover.waiting()).isEqualTo(49);
    assertThat(asked).isEmpty();

    answer.countDown();
    for (Future<Served<String>> call : calls) {
      assertThat(get(call).provider()).isEqualTo("openai");
    }
  }

  @Test
  void whoHasWaitedLongestIsAdmittedFirst() throws Exception {
    BlockingQueue<Integer> begun = new LinkedBlockingQueue<>();
    CountDownLatch answer = new CountDownLatch(1);
    List<Future<Served<Integer>>> calls = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      calls.add(
          waiting(
              () ->
                  failover.call(
                      provider -> {
                        begun.add(number);
                        answer.await();
                        return number;
                      })));
    }

    providers.pass(Providers.OPEN_FOR);

    assertThat(begun.poll(30, TimeUnit.SECONDS)).isZero();
    answer.countDown();
    for (Future<Served<Integer>> call : calls) {
      get(call);
    }
  }

  @Test
  void aProbeThatComesBackGoesToTheNextWhoWaits() throws Exception {
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    Permit out = openai.tryAcquire().orElseThrow();
    Future<Served<String>> served = waiting(() -> failover.call(provider -> provider));

    out.ignore();

    assertThat(get(served).provider()).isEqualTo("openai");
  }

  @Test
  void aRoundOfProbesThatIsDealtAnewAdmitsWhoWaits() throws Exception {
    Failover patient = failover.waitingUpTo(Duration.ofHours(2));
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    assertThat(openai.tryAcquire()).isPresent();
    Future<Served<String>> served = waiting(() -> patient.call(provider -> provider));

    providers.pass(Providers.PROBES_FOR);

    assertThat(get(served).provider()).isEqualTo("openai");
  }

  @Test
  void aWaitThatEndsInAFailureMovesOnAndDoesNotWaitAgain() {
    Future<Served<String>> served =
        waiting(
            () ->
                failover.call(
                    provider -> {
                      throw new IOException("reset");
                    }));

    providers.pass(Providers.OPEN_FOR);

    assertThatThrownBy(() -> get(served))
        .cause()
        .isInstanceOf(AllProvidersFailedException.class)
        .hasMessage(
            "no provider served the call: openai failed with java.io.IOException: reset,"
                + " anthropic is OPEN for another 3540000 ms");
  }

  @Test
  void nobodyIsForgottenWhenManyWantTheOneProbeThatComesBackAgainAndAgain() throws Exception {
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    int threads = 32;
    int callsEach = 100;
    List<Future<Integer>> runs = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      runs.add(callers.submit(() -> cancelledCalls(callsEach)));
    }

    for (Future<Integer> run : runs) {
      assertThat(get(run)).isEqualTo(callsEach);
    }
    assertThat(failover.waiting()).isZero();
    assertThat(openai.isPermitAvailable()).isTrue();
  }

  private int cancelledCalls(int times) throws Exception {
    int cancelled = 0;
    for (int i = 0; i < times; i++) {
      try {
        failover.call(
            provider -> {
              throw new CancellationException();
            });
      } catch (CancellationException e) {
        cancelled++;
      }
    }
    return cancelled;
  }

  @Test
  void anAsynchronousCallWaitsWithoutAThread() throws Exception {
    CompletableFuture<Served<String>> served =
        failover.callAsync(CompletableFuture::completedStage).toCompletableFuture();
    assertThat(served).isNotDone();
    assertThat(failover.waiting()).isEqualTo(1);

    providers.pass(Providers.OPEN_FOR);

    assertThat(get(served).result()).isEqualTo("openai");
  }

  @Test
  void anAsynchronousCallGivesUpWhenItsTimeIsOver() {
    CompletableFuture<Served<String>> served =
        failover
            .waitingUpTo(Duration.ofSeconds(20))
            .callAsync(CompletableFuture::completedStage)
            .toCompletableFuture();

    providers.pass(Duration.ofSeconds(20));

    assertThatThrownBy(() -> get(served))
        .cause()
        .hasMessageStartingWith("no provider admits calls: openai is OPEN for another 40000 ms");
  }

  @Test
  void cancellingAnAsynchronousCallEndsItsWait() {
    CompletableFuture<Served<String>> served =
        failover.callAsync(CompletableFuture::completedStage).toCompletableFuture();

    served.cancel(true);

    assertThat(failover.waiting()).isZero();
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    assertThat(openai.isPermitAvailable()).isTrue();
  }

  @Test
  void aThousandWaitingCallsMakeNoThreadsAndAreAllServed() throws Exception {
    int threads = Thread.activeCount();
    List<CompletableFuture<Served<String>>> calls = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      calls.add(failover.callAsync(CompletableFuture::completedStage).toCompletableFuture());
    }
    // Fewer by far: the actor system may start some of its own meanwhile.
    assertThat(Thread.activeCount()).isLessThan(threads + 100);
    assertThat(failover.waiting()).isEqualTo(1_000);

    providers.pass(Providers.OPEN_FOR);

    for (CompletableFuture<Served<String>> call : calls) {
      assertThat(get(call).provider()).isEqualTo("openai");
    }
    assertThat(openai.view().counts().rejected())
        .as("each, and the room that asks")
        .isEqualTo(1_001);
  }

  @Test
  void anOverrideThatAdmitsCallsEndsTheWait() throws Exception {
    Gate forced = providers.add("forced", 1);
    providers.override(forced, OverrideMode.FORCED_OPEN);
    Failover waiting = providers.failover(forced).waitingUpTo(LONGER);
    CompletableFuture<Served<String>> served =
        waiting.callAsync(CompletableFuture::completedStage).toCompletableFuture();
    assertThat(served).isNotDone();

    providers.override(forced, OverrideMode.DISABLED);

    assertThat(get(served).provider()).isEqualTo("forced");
  }

  @Test
  void breakersKnowOfTheRoomOnlyWhileSomebodyWaits() throws Exception {
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    Permit out = openai.tryAcquire().orElseThrow();
    WaitingRoom room = new WaitingRoom(List.of(openai), (ticket, most) -> ticket);
    assertThat(room.isListening()).isFalse();

    WaitingRoom.Ticket first = room.enter(LONGER);
    WaitingRoom.Ticket second = room.enter(LONGER);
    first.leave();
    assertThat(room.isListening()).isTrue();
    out.ignore();

    assertThat(get(second)).isPresent();
    assertThat(room.isListening()).isFalse();
  }

  @Test
  void aTicketGivenUpAfterItWasServedGivesThePermitBack() {
    providers.pass(Providers.OPEN_FOR);
    providers.recover(openai);
    WaitingRoom room = new WaitingRoom(List.of(openai), (ticket, most) -> ticket);
    WaitingRoom.Ticket served = room.enter(LONGER);
    WaitingRoom.Ticket next = room.enter(LONGER);
    assertThat(served).isCompleted();
    assertThat(next).isNotDone();

    served.leave();

    assertThat(next).isCompleted();
  }

  @Test
  void aWaitEndsByTheJdksTimerToo() {
    Failover real = Failover.of(openai).waitingUpTo(Duration.ofMillis(1));

    assertThatThrownBy(() -> real.call(provider -> provider))
        .isInstanceOf(AllProvidersFailedException.class);
  }
}
