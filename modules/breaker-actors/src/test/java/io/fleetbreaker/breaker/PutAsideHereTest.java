package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.breaker.ProviderBreaker.ResetReply;
import io.fleetbreaker.sync.FleetOverride;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** R13: the fleet is forced open, and an operator has put that aside on this worker alone. */
@Tag("actors")
class PutAsideHereTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Revision FORCED =
      Revisions.of(State.CLOSED, 2)
          .withOverride(
              new FleetOverride(
                  OverrideMode.FORCED_OPEN, "maintenance", "alice", 5_000, 65_000, "op-2"));

  private final ActorFixture f =
      new ActorFixture(-7, ProviderSettings.builder("openai").openDuration(MINUTE).build());
  private final ActorRef<SyncPort.BreakerMessage> actor = f.spawn();

  @BeforeEach
  void putAside() {
    actor.tell(new SyncPort.Adopt(FORCED, Duration.ZERO, MINUTE));
    TestProbe<Boolean> operator = f.kit.createTestProbe();
    actor.tell(
        new ProviderBreaker.ApplyHere(
            ProviderBreaker.Wish.ENABLE,
            null,
            "op-3",
            "bob",
            "needed here",
            null,
            operator.getRef()));
    operator.expectMessage(true);
    assertThat(f.gate.tryAcquire()).isPresent();
    assertThat(f.gate.view().shared()).isFalse();
  }

  @AfterEach
  void stop() {
    f.close();
  }

  @Test
  void onceTheFleetsIsOverThisWorkerIsAsTheFleetIs() {
    f.pass(MINUTE.minusNanos(1));
    f.settle(actor);
    assertThat(f.gate.view().shared()).isFalse();

    f.pass(Duration.ofNanos(1));
    f.settle(actor);

    assertThat(f.gate.view().shared()).isTrue();
    assertThat(f.gate.tryAcquire()).isPresent();
  }

  @Test
  void aResetIsNotSaidToHaveClosedTheFleet() {
    TestProbe<ResetReply> resetter = f.kit.createTestProbe();
    actor.tell(new ProviderBreaker.Reset("by hand", resetter.getRef()));
    Proposal reset = f.proposed();

    actor.tell(new SyncPort.Superseded(reset.sequence(), FORCED, Duration.ZERO, MINUTE));

    resetter.expectMessage(ResetReply.NOT_COMMITTED);
  }
}
