package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** R4: calls wait for a probe, but not for long, not too many of them, and only if they want to. */
@Tag("actors")
class WaitingForAProbeTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofSeconds(5);

  private final ExecutorService callers = Executors.newCachedThreadPool();
  private ActorFixture f;
  private ActorRef<SyncPort.BreakerMessage> actor;

  @AfterEach
  void stop() {
    callers.shutdownNow();
    f.close();
  }

  /** A breaker that is due, whose calls wait so long, and two at most. */
  private void due(Duration probeWait) {
    f =
        new ActorFixture(
            0,
            ProviderSettings.builder("openai")
                .failureThreshold(1)
                .openDuration(MINUTE)
                .halfOpenMaxCalls(2)
                .probeWait(probeWait)
                .build());
    actor = f.spawn();
    f.fail(1);
    Proposal trip = f.proposed();
    actor.tell(
        new SyncPort.Committed(trip.sequence(), Revisions.of(State.OPEN, 1), trip.openFor()));
    f.settle(actor);
    f.pass(MINUTE);
    f.settle(actor);
  }

  private void grant(String lease) {
    long validUntil = f.ticker.nanos() + MINUTE.toNanos();
    actor.tell(new SyncPort.ProbeGranted(Revisions.of(State.HALF_OPEN, 2), lease, validUntil));
  }

  private void asked() {
    f.sync.expectMessageClass(SyncPort.AskProbe.class);
  }

  private Future<String> call() {
    return callers.submit(() -> f.gate.call(() -> "called"));
  }

  private void eventuallyWaiting(int calls) {
    f.sync.awaitAssert(
        () -> {
          Probes probes = f.gate.era().probes();
          assertThat(probes == null ? 0 : probes.waiting()).isEqualTo(calls);
          return null;
        });
  }

  private static void refused(Future<?> call) {
    assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(CallNotPermittedException.class);
  }

  private static <T> T get(Future<T> call) throws Exception {
    return call.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aCallWaitsForThePlaceThatItAsksFor() throws Exception {
    due(LONG);
    Future<String> call = call();
    asked();
    eventuallyWaiting(1);
    assertThat(call).isNotDone();

    grant("a");

    assertThat(get(call)).isEqualTo("called");
    assertThat(f.sync.expectMessageClass(SyncPort.SettleProbe.class).result())
        .isEqualTo(SyncPort.ProbeResult.SUCCEEDED);
    assertThat(f.gate.view().counts().rejected()).isZero();
  }

  @Test
  void aCallWithoutAResultWaitsToo() throws Exception {
    due(LONG);
    Future<?> run = callers.submit(() -> f.gate.run(() -> {}));
    asked();

    grant("a");

    get(run);
    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void tryAcquireNeverWaits() {
    due(LONG);

    assertThat(f.gate.tryAcquire()).isEmpty();

    asked();
    assertThat(f.gate.era().probes().waiting()).isZero();
  }

  @Test
  void callsWaitForTheAnswerToAnothersQuestion() throws Exception {
    due(LONG);
    assertThat(f.gate.tryAcquire()).isEmpty();
    asked();
    Future<String> first = call();
    Future<String> second = call();
    eventuallyWaiting(2);

    grant("a");

    assertThat(f.sync.receiveSeveralMessages(2))
        .as("one takes the place, the other has the fleet asked for one more")
        .hasOnlyElementsOfTypes(SyncPort.SettleProbe.class, SyncPort.AskProbe.class)
        .hasAtLeastOneElementOfType(SyncPort.AskProbe.class);
    grant("b");
    assertThat(List.of(get(first), get(second))).containsOnly("called");
  }

  @Test
  void aPlaceThatComesBackJustBeforeTheWaitBeginsIsNotMissed() throws Exception {
    due(Duration.ofMillis(20));
    assertThat(f.gate.tryAcquire()).isEmpty();
    asked();
    grant("a");
    f.settle(actor);
    Permit other = f.gate.tryAcquire().orElseThrow();
    f.gate.bind(
        new RecordingSignals() {
          @Override
          public void probeWanted(long generation) {
            other.ignore();
          }
        });

    assertThat(f.gate.call(() -> "called")).isEqualTo("called");
  }

  @Test
  void aRefusalEndsTheWaitAtOnceAndIsCountedOnce() {
    due(LONG);
    Future<String> call = call();
    asked();

    actor.tell(new SyncPort.ProbeRefused(MINUTE));

    refused(call);
    assertThat(f.gate.view().counts().rejected()).isEqualTo(1);
    refused(call());
    assertThat(f.gate.view().counts().rejected()).isEqualTo(2);
  }

  @Test
  void r14WhileTheFleetCannotBeAskedCallsProbeAtOnce() throws Exception {
    due(LONG);
    Future<String> call = call();
    asked();

    actor.tell(new SyncPort.ProbesLocal());

    assertThat(get(call)).isEqualTo("called");
    f.eventually(State.CLOSED);
  }

  @Test
  void noMoreCallsWaitThanThereCouldBePlaces() {
    due(LONG);
    List<Future<String>> waiting = List.of(call(), call());
    eventuallyWaiting(2);

    assertThatThrownBy(() -> f.gate.call(() -> "never"))
        .isInstanceOf(CallNotPermittedException.class);
    assertThat(f.gate.callAsync(() -> CompletableFuture.completedStage("never")))
        .isCompletedExceptionally();
    assertThat(f.gate.era().probes().waiting()).isEqualTo(2);
    assertThat(waiting).noneMatch(Future::isDone);
  }

  @Test
  void aWaitEndsWhenItsTimeIsUp() {
    due(Duration.ofMillis(20));

    refused(call());

    asked();
    assertThat(f.gate.era().probes().waiting()).isZero();
    assertThat(f.gate.view().counts().rejected()).isEqualTo(1);
  }

  @Test
  void withoutAWaitNobodyWaits() {
    due(Duration.ZERO);

    assertThatThrownBy(() -> f.gate.call(() -> "never"))
        .isInstanceOf(CallNotPermittedException.class);

    asked();
  }

  @Test
  void whoIsInterruptedIsRefusedAndStaysInterrupted() throws Exception {
    due(LONG);
    AtomicReference<Thread> caller = new AtomicReference<>();
    Future<Boolean> call =
        callers.submit(
            () -> {
              caller.set(Thread.currentThread());
              assertThatThrownBy(() -> f.gate.call(() -> "never"))
                  .isInstanceOf(CallNotPermittedException.class);
              return Thread.currentThread().isInterrupted();
            });
    eventuallyWaiting(1);

    caller.get().interrupt();

    assertThat(get(call)).isTrue();
    eventuallyWaiting(0);
  }

  @Test
  void anAsynchronousCallWaitsWithoutAThread() throws Exception {
    due(LONG);
    AtomicReference<String> madeOn = new AtomicReference<>();
    CompletableFuture<String> call =
        f.gate
            .callAsync(
                () -> {
                  madeOn.set(Thread.currentThread().getName());
                  return CompletableFuture.completedStage("called");
                })
            .toCompletableFuture();
    assertThat(call).isNotDone();
    asked();

    grant("a");

    assertThat(get(call)).isEqualTo("called");
    assertThat(madeOn.get()).doesNotContain("pekko");
    eventuallyWaiting(0);
    f.settle(actor);
    assertThat(f.gate.view().counts().successful()).isEqualTo(1);
  }

  @Test
  void anAsynchronousCallIsRefusedWhenItsTimeIsUp() {
    due(LONG);
    Future<String> call = asynchronous();
    asked();

    f.pass(LONG);

    refused(call);
    eventuallyWaiting(0);
    assertThat(f.gate.view().counts().rejected()).isEqualTo(1);
  }

  private CompletableFuture<String> asynchronous() {
    CompletionStage<String> stage =
        f.gate.callAsync(() -> CompletableFuture.completedStage("called"));
    return stage.toCompletableFuture();
  }

  @Test
  void anAsynchronousCallThatIsCancelledWaitsNoLonger() {
    due(LONG);
    CompletableFuture<String> call = asynchronous();
    asked();
    eventuallyWaiting(1);

    call.cancel(true);

    eventuallyWaiting(0);
    grant("a");
    f.settle(actor);
    assertThat(f.gate.tryAcquire()).as("nobody took the place").isPresent();
    assertThat(f.gate.view().counts().ignored()).isZero();
  }

  @Test
  void anAsynchronousCallThatIsGivenAResultWaitsNoLonger() {
    due(LONG);
    CompletableFuture<String> call = asynchronous();
    asked();
    eventuallyWaiting(1);

    call.complete("from a cache");

    eventuallyWaiting(0);
  }

  @Test
  void aTimeOutWhileACallThatWaitedBeginsCountsAgainstTheProvider() throws Exception {
    due(LONG);
    AtomicReference<CompletableFuture<String>> call = new AtomicReference<>();
    CompletableFuture<String> slow = new CompletableFuture<>();
    call.set(
        f.gate
            .callAsync(
                () -> {
                  call.get().completeExceptionally(new TimeoutException("too long"));
                  return slow;
                })
            .toCompletableFuture());
    asked();

    grant("a");

    assertThat(f.sync.expectMessageClass(SyncPort.SettleProbe.class).result())
        .isEqualTo(SyncPort.ProbeResult.FAILED);
  }

  @Test
  void aTimeOutOfAnAsynchronousCallThatWaitedCountsAgainstTheProvider() throws Exception {
    due(LONG);
    CompletableFuture<String> never = new CompletableFuture<>();
    CompletableFuture<String> call = f.gate.callAsync(() -> never).toCompletableFuture();
    asked();
    grant("a");
    f.sync.awaitAssert(
        () -> {
          assertThat(never.getNumberOfDependents()).isPositive();
          return null;
        });

    call.completeExceptionally(new TimeoutException("too long"));

    assertThat(f.sync.expectMessageClass(SyncPort.SettleProbe.class).result())
        .isEqualTo(SyncPort.ProbeResult.FAILED);
  }

  @Test
  void aCloseElsewhereAdmitsWhoWaits() throws Exception {
    due(LONG);
    Future<String> call = call();
    asked();

    actor.tell(new SyncPort.Adopt(Revisions.of(State.CLOSED, 5), Duration.ZERO));

    assertThat(get(call)).isEqualTo("called");
  }

  @Test
  void aFleetThatIsClosedAdmitsWhoWaits() throws Exception {
    due(LONG);
    Future<String> call = call();
    CompletableFuture<String> later = asynchronous();
    eventuallyWaiting(2);

    f.gate.leaveUnattended();

    assertThat(get(call)).isEqualTo("called");
    assertThat(get(later)).isEqualTo("called");
  }

  @Test
  void ofManyCallersAsManyProbeAsTheFleetLendsPlacesAndNoneIsForgotten() throws Exception {
    due(LONG);
    int grants = 10;
    List<Future<Integer>> runs = IntStream.range(0, 8).mapToObj(i -> callUntilDone()).toList();

    int granted = 0;
    int settled = 0;
    // Who finds no place asks at once: perhaps before the one who has it is back.
    while (settled < grants) {
      SyncPort.Message message = f.sync.receiveMessage();
      if (message instanceof SyncPort.SettleProbe) {
        settled++;
      } else if (message instanceof SyncPort.AskProbe && granted < grants) {
        grant("lease-" + granted++);
      }
    }
    done.set(true);
    actor.tell(new SyncPort.ProbeRefused(MINUTE));

    int served = 0;
    for (Future<Integer> run : runs) {
      served += get(run);
    }
    assertThat(served).isEqualTo(grants);
    assertThat(f.gate.view().counts().successful()).isEqualTo(grants);
    eventuallyWaiting(0);
  }

  private final AtomicBoolean done = new AtomicBoolean();

  private Future<Integer> callUntilDone() {
    return callers.submit(
        () -> {
          int served = 0;
          while (!done.get()) {
            try {
              served += f.gate.call(() -> 1);
            } catch (CallNotPermittedException e) {
              Thread.onSpinWait();
            }
          }
          return served;
        });
  }
}
