package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A breaker's actor behind its gate, with a sync actor that a test plays and time it moves. */
final class ActorFixture implements AutoCloseable {
  final ActorTestKit kit = ActorTestKit.create();
  final ManualTicker ticker;
  final FleetClock clock;
  final Gate gate;
  final TestProbe<SyncPort.Message> sync = kit.createTestProbe("sync");

  ActorFixture(long startNanos, ProviderSettings settings) {
    ticker = new ManualTicker(startNanos);
    clock = new FleetClock(ticker, InstantSource.system());
    gate = new Gate(settings, clock);
  }

  /** Starts the actor; it has registered and found nothing when this returns. */
  ActorRef<SyncPort.BreakerMessage> spawn() {
    ActorRef<SyncPort.BreakerMessage> actor =
        kit.spawn(
            Behaviors.supervise(ProviderBreaker.create(gate, clock, sync.getRef()))
                .onFailure(SupervisorStrategy.restart()));
    registered();
    actor.tell(new SyncPort.NothingShared());
    settle(actor);
    return actor;
  }

  void registered() {
    sync.expectMessageClass(SyncPort.Register.class);
  }

  Proposal proposed() {
    return sync.expectMessageClass(SyncPort.Propose.class).proposal();
  }

  /** The open time is over by now: a call comes, and the fleet cannot be asked. */
  Proposal recover(ActorRef<SyncPort.BreakerMessage> actor) {
    asked();
    actor.tell(new SyncPort.ProbesLocal());
    Proposal probing = proposed();
    eventually(State.HALF_OPEN);
    return probing;
  }

  /** Once the gate is due or half-open: a call comes, and the fleet is asked. */
  SyncPort.AskProbe asked() {
    sync.awaitAssert(
        () -> {
          assertThat(gate.isPermitAvailable()).isTrue();
          return null;
        });
    assertThat(gate.tryAcquire()).isEmpty();
    return sync.expectMessageClass(SyncPort.AskProbe.class);
  }

  void fail(int times) {
    for (int i = 0; i < times; i++) {
      gate.tryAcquire().orElseThrow().failure();
    }
  }

  void pass(Duration duration) {
    ticker.advance(duration);
    clock.tick();
  }

  /** Returns when the actor has handled all it was told before. */
  void settle(ActorRef<SyncPort.BreakerMessage> actor) {
    TestProbe<Done> done = kit.createTestProbe();
    actor.tell(new ProviderBreaker.Flush(done.getRef()));
    done.expectMessage(Done.getInstance());
  }

  /**
   * Has the actor crash over a message before it looks at anything, and restart. It must have
   * started, which {@link SyncPort.NothingShared} does.
   */
  void crash(ActorRef<SyncPort.BreakerMessage> actor) {
    LoggingTestKit.error(NullPointerException.class)
        .expect(
            kit.system(),
            () -> {
              actor.tell(new ProviderBreaker.AwaitStart(null));
              return Done.getInstance();
            });
  }

  void eventually(State state) {
    sync.awaitAssert(
        () -> {
          assertThat(gate.view().state()).isEqualTo(state);
          return null;
        });
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
