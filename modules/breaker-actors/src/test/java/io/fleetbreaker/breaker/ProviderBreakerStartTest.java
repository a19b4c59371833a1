package io.fleetbreaker.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.sync.SyncPort;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

class ProviderBreakerStartTest {
  @Test
  void r9AHintIsEnoughToStartWithSinceItStopsTraffic() {
    try (ActorFixture f = new ActorFixture(0, ProviderSettings.defaults("openai"))) {
      ActorRef<SyncPort.BreakerMessage> actor =
          f.kit.spawn(ProviderBreaker.create(f.gate, f.clock, f.sync.getRef()));
      f.registered();
      TestProbe<ProviderBreaker.Started> starter = f.kit.createTestProbe();
      actor.tell(new ProviderBreaker.AwaitStart(starter.getRef()));
      starter.expectNoMessage();

      actor.tell(new SyncPort.Hint(Revisions.of(State.OPEN, 2), Duration.ofSeconds(60)));

      starter.expectMessage(new ProviderBreaker.Started("openai"));
      assertThat(f.gate.tryAcquire()).isEmpty();
      assertThat(f.gate.view().shared()).isFalse();
    }
  }

  @Test
  void whoAsksAgainAndAgainWhileTheStoreIsAwayFillsNoMemory() {
    try (ActorFixture f = new ActorFixture(0, ProviderSettings.defaults("openai"))) {
      ActorRef<SyncPort.BreakerMessage> actor =
          f.kit.spawn(ProviderBreaker.create(f.gate, f.clock, f.sync.getRef()));
      TestProbe<ProviderBreaker.Started> givenUp = f.kit.createTestProbe();
      TestProbe<ProviderBreaker.Started> last = f.kit.createTestProbe();
      for (int i = 0; i < 1_000; i++) {
        actor.tell(new ProviderBreaker.AwaitStart(givenUp.getRef()));
      }
      actor.tell(new ProviderBreaker.AwaitStart(last.getRef()));

      actor.tell(new SyncPort.NothingShared());

      last.expectMessage(new ProviderBreaker.Started("openai"));
      assertThat(givenUp.receiveSeveralMessages(15)).hasSize(15);
      givenUp.expectNoMessage();
    }
  }
}
