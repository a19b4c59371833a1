package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.LocalSync;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.UnhandledMessage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("actors")
class ProviderBreakerTest {
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);
  private static final ProviderSettings SETTINGS =
      ProviderSettings.builder("openai")
          .priority(1)
          .failureThreshold(3)
          .openDuration(OPEN_FOR)
          .halfOpenMaxCalls(1)
          .successThreshold(1)
          .halfOpenMaxDuration(Duration.ofSeconds(30))
          .build();

  private final ActorTestKit kit = ActorTestKit.create();
  private final ManualTicker ticker = new ManualTicker(1_000);
  private final FleetClock clock = new FleetClock(ticker, InstantSource.system());
  private final Gate gate = new Gate(SETTINGS, clock);
  private final TestProbe<SyncPort.Message> sync = kit.createTestProbe("sync");

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private ActorRef<SyncPort.BreakerMessage> spawn() {
    return kit.spawn(
        Behaviors.supervise(ProviderBreaker.create(gate, clock, sync.getRef()))
            .onFailure(SupervisorStrategy.restart()));
  }

  private ActorRef<SyncPort.Answer> registered() {
    return sync.expectMessageClass(SyncPort.Register.class).breaker();
  }

  private Proposal proposed() {
    return sync.expectMessageClass(SyncPort.Propose.class).proposal();
  }

  private void trip() {
    for (int i = 0; i < SETTINGS.tripPolicy().failuresThatOpen(); i++) {
      gate.tryAcquire().orElseThrow().failure();
    }
  }

  private void pass(Duration duration) {
    ticker.advance(duration);
    clock.tick();
  }

  /** The open time passes, a call comes, and the fleet cannot be asked. */
  private Proposal recover(ActorRef<SyncPort.Answer> breaker) {
    pass(OPEN_FOR);
    asked();
    breaker.tell(new SyncPort.ProbesLocal());
    Proposal probing = proposed();
    eventually(State.HALF_OPEN);
    return probing;
  }

  /** A call comes to a gate that is due or half-open, and the fleet is asked. */
  private SyncPort.AskProbe asked() {
    sync.awaitAssert(
        () -> {
          assertThat(gate.isPermitAvailable()).isTrue();
          return null;
        });
    assertThat(gate.tryAcquire()).isEmpty();
    return sync.expectMessageClass(SyncPort.AskProbe.class);
  }

  private void eventually(State state) {
    sync.awaitAssert(
        () -> {
          assertThat(gate.view().state()).isEqualTo(state);
          return null;
        });
  }

  private void commit(ActorRef<SyncPort.Answer> breaker, Proposal proposal, long version) {
    breaker.tell(
        new SyncPort.Committed(
            proposal.sequence(), Revisions.of(proposal.state(), version), proposal.openFor()));
  }

  @Test
  void aTripIsProposedAndRecoversThroughAProbe() {
    spawn();
    ActorRef<SyncPort.Answer> breaker = registered();

    trip();
    Proposal opened = proposed();
    commit(breaker, opened, 1);
    Proposal probing = recover(breaker);
    commit(breaker, probing, 2);
    gate.tryAcquire().orElseThrow().success();
    Proposal closed = proposed();

    assertThat(opened.kind()).isEqualTo(Proposal.Kind.TRIP);
    assertThat(opened.failureCount()).isEqualTo(3);
    assertThat(probing.kind()).isEqualTo(Proposal.Kind.HALF_OPEN);
    assertThat(probing.basedOn().version()).isEqualTo(1);
    assertThat(closed.kind()).isEqualTo(Proposal.Kind.CLOSE);
    assertThat(closed.basedOn().version()).isEqualTo(2);
    eventually(State.CLOSED);
    assertThat(gate.view().failureCount()).isZero();
  }

  @Test
  void aFailedProbeReopens() {
    spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    trip();
    proposed();
    recover(breaker);

    gate.tryAcquire().orElseThrow().failure();

    assertThat(proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
    eventually(State.OPEN);
  }

  @Test
  void aPermitThatIsNeverSettledDoesNotHoldHalfOpenForEver() {
    spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    trip();
    proposed();
    recover(breaker);
    Permit abandoned = gate.tryAcquire().orElseThrow();
    assertThat(gate.tryAcquire()).isEmpty();

    pass(SETTINGS.halfOpenMaxDuration());

    sync.awaitAssert(
        () -> {
          assertThat(gate.tryAcquire()).isPresent();
          return null;
        });
    abandoned.failure();
    eventually(State.OPEN);
  }

  @Test
  void anotherWorkersTripOpensWithoutLocalFailures() {
    spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    gate.tryAcquire().orElseThrow().failure();

    breaker.tell(new SyncPort.Hint(Revisions.of(State.OPEN, 4), OPEN_FOR));
    eventually(State.OPEN);
    breaker.tell(new SyncPort.Adopt(Revisions.of(State.OPEN, 4), OPEN_FOR));

    sync.awaitAssert(
        () -> {
          assertThat(gate.view().shared()).isTrue();
          return null;
        });
    assertThat(gate.view().failureCount()).isZero();
    assertThat(gate.view().revision().version()).isEqualTo(4);
    assertThat(gate.view().reason()).contains("other:1:1:a");
    sync.expectNoMessage();
  }

  @Test
  void aFuseThatBlewBeforeTheActorStartedIsFound() {
    trip();
    assertThat(gate.tryAcquire()).isEmpty();

    spawn();

    registered();
    assertThat(proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
  }

  @Test
  void r4AnAdoptedCloseDoesNotUndoAFuseWhoseMessageIsStillOnTheWay() {
    // Given a gate whose fuse messages get lost
    spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    gate.bind(new LostSignals());
    trip();

    breaker.tell(new SyncPort.Adopt(Revisions.of(State.CLOSED, 9), Duration.ZERO));

    assertThat(proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
    assertThat(gate.tryAcquire()).isEmpty();
  }

  @Test
  void aRestartGoesOnWhereItWasAndProposesAgain() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    trip();
    Proposal before = proposed();

    LoggingTestKit.error(NullPointerException.class)
        .expect(
            kit.system(),
            () -> {
              breaker.tell(new SyncPort.Hint(null, OPEN_FOR));
              return Done.getInstance();
            });

    registered();
    assertThat(proposed()).isEqualTo(before);
    assertThat(gate.view().state()).isEqualTo(State.OPEN);
    assertThat(recover(breaker).kind()).isEqualTo(Proposal.Kind.HALF_OPEN);
    assertThat(actor).isNotNull();
  }

  @Test
  void aRestartedSyncActorIsToldAgain() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    registered();
    trip();
    Proposal before = proposed();

    actor.tell(new ProviderBreaker.SyncStarted());

    registered();
    assertThat(proposed()).isEqualTo(before);
  }

  @Test
  void aResetClosesAtOnceAndTellsWhatCameOfIt() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    trip();
    proposed();
    TestProbe<ProviderBreaker.ResetReply> operator = kit.createTestProbe();

    actor.tell(new ProviderBreaker.Reset("by hand", operator.getRef()));
    Proposal reset = proposed();
    eventually(State.CLOSED);
    operator.expectNoMessage();
    commit(breaker, reset, 3);

    operator.expectMessage(ProviderBreaker.ResetReply.COMMITTED);
  }

  @Test
  void aResetWithoutAStoreIsLocalOnly() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    TestProbe<ProviderBreaker.ResetReply> operator = kit.createTestProbe();

    actor.tell(new ProviderBreaker.Reset("by hand", operator.getRef()));
    breaker.tell(new SyncPort.Deferred(proposed().sequence()));

    operator.expectMessage(ProviderBreaker.ResetReply.NOT_COMMITTED);
  }

  @Test
  void r9ItHasStartedOnlyWhenItKnowsTheFleetsState() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    TestProbe<ProviderBreaker.Started> starter = kit.createTestProbe();

    actor.tell(new ProviderBreaker.AwaitStart(starter.getRef()));
    starter.expectNoMessage();
    breaker.tell(new SyncPort.Adopt(Revisions.of(State.OPEN, 2), OPEN_FOR));

    starter.expectMessage(new ProviderBreaker.Started("openai"));
    assertThat(gate.tryAcquire()).isEmpty();
  }

  @Test
  void aFleetOfOneCommitsEverything() {
    ActorRef<SyncPort.Message> local = kit.spawn(LocalSync.create("me:1:1:a", ticker));
    kit.spawn(ProviderBreaker.create(gate, clock, local));

    trip();

    sync.awaitAssert(
        () -> {
          assertThat(gate.view().shared()).isTrue();
          assertThat(gate.view().revision().version()).isEqualTo(1);
          return null;
        });
    pass(OPEN_FOR);
    sync.awaitAssert(
        () -> {
          gate.tryAcquire().orElseThrow().success();
          return null;
        });
    eventually(State.CLOSED);
  }

  @Test
  void everyMessageIsHandled() throws Exception {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    TestProbe<UnhandledMessage> unhandled = kit.createUnhandledMessageProbe();

    for (Class<?> kind : List.of(ProviderBreaker.Command.class, SyncPort.Answer.class)) {
      for (Class<?> message : kind.getPermittedSubclasses()) {
        // Its components do not matter: an empty one may crash the actor, and is handled by that.
        actor.tell((SyncPort.BreakerMessage) emptyRecord(message));
      }
    }
    TestProbe<Done> done = kit.createTestProbe();
    actor.tell(new ProviderBreaker.Flush(done.getRef()));

    done.expectMessage(Done.getInstance());
    unhandled.expectNoMessage();
  }

  @Test
  void aResetWhosePlaceATripHasTakenWasNotCommitted() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    ActorRef<SyncPort.Answer> breaker = registered();
    TestProbe<ProviderBreaker.ResetReply> operator = kit.createTestProbe();
    actor.tell(new ProviderBreaker.Reset("by hand", operator.getRef()));
    proposed();
    trip();

    commit(breaker, proposed(), 5);

    operator.expectMessage(ProviderBreaker.ResetReply.NOT_COMMITTED);
  }

  @Test
  void aFlushPassesOnAFuseWhoseMessageWasLost() {
    ActorRef<SyncPort.BreakerMessage> actor = spawn();
    registered();
    gate.bind(new LostSignals());
    trip();
    TestProbe<Done> done = kit.createTestProbe();

    actor.tell(new ProviderBreaker.Flush(done.getRef()));

    done.expectMessage(Done.getInstance());
    assertThat(proposed().kind()).isEqualTo(Proposal.Kind.TRIP);
  }

  private static Object emptyRecord(Class<?> type) throws ReflectiveOperationException {
    Constructor<?> constructor = type.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    Object[] arguments =
        Arrays.stream(constructor.getParameterTypes())
            .map(t -> t == long.class ? (Object) 0L : t == boolean.class ? false : null)
            .toArray();
    return constructor.newInstance(arguments);
  }

  private static final class LostSignals implements Gate.Signals {
    @Override
    public void fuseBlown(long generation, Event.Counts counts, Trip trip) {}

    @Override
    public void probeSucceeded(long generation, Event.Counts counts) {}

    @Override
    public void probeFailed(long generation, Event.Counts counts, Trip trip) {}

    @Override
    public void probeWanted(long generation) {}

    @Override
    public void leaseEnded(long generation, Lease lease, SyncPort.ProbeResult result) {}
  }
}
