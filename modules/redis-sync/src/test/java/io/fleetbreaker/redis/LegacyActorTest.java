package io.fleetbreaker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.Patience;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.SyncPort;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a breaker hears when a worker of FlexiAI speaks. */
class LegacyActorTest {
  private static final RedisSettings SETTINGS =
      TestSettings.shortWaits(
          RedisSettings.of(URI.create("redis://localhost/15")).withPrefix("test_flexiai"));
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);

  private final ActorTestKit kit = ActorTestKit.create();
  private final InMemoryStore memory = new InMemoryStore(SETTINGS, System::currentTimeMillis);
  private final FaultyStore store = new FaultyStore(memory);
  private final SyncHealth health = new SyncHealth();
  private final TestProbe<SyncPort.Answer> breaker = kit.createTestProbe("breaker");

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
    store.close();
  }

  private ActorRef<SyncPort.Message> register(Map<String, Duration> openFor) {
    ActorRef<SyncPort.Message> sync =
        kit.spawn(
            RedisSyncActor.create(
                "me:1:1:a",
                store,
                health,
                Ticker.system(),
                SyncSettings.DEFAULTS.withReconcileInterval(Duration.ofSeconds(1)),
                openFor,
                () -> {}));
    sync.tell(new SyncPort.Register("openai", breaker.getRef()));
    return sync;
  }

  private void registered() {
    register(Map.of("openai", OPEN_FOR));
    breaker.expectMessageClass(SyncPort.NothingShared.class);
  }

  private void say(String type) {
    memory.publishRaw(FlexiAi.event(type, FlexiAi.WORKER, Instant.now()).getBytes(UTF_8));
  }

  private Revision adopted() {
    return breaker.expectMessageClass(SyncPort.Adopt.class).revision();
  }

  @Test
  void openedStopsTrafficAndIsAdopted() {
    registered();

    say("opened");

    assertThat(breaker.expectMessageClass(SyncPort.Hint.class).remaining()).isEqualTo(OPEN_FOR);
    Revision open = adopted();
    assertThat(open.state()).isEqualTo(State.OPEN);
    assertThat(store.getState("openai").orElseThrow().revision()).contains(open);
    say("closed");
    assertThat(adopted().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void trafficGoesOnWhenTheStoreRefusesTheCommit() {
    registered();
    store.refuseCommits();

    say("opened");

    breaker.expectMessageClass(SyncPort.Hint.class);
    breaker.expectMessage(new SyncPort.Deferred(0));
    breaker.expectMessageClass(SyncPort.HintWithdrawn.class);
    breaker.expectNoMessage();
  }

  @Test
  void whatOpenedWhenTheStoreWentAwayIsCommittedWhenItIsBack() {
    registered();
    store.failCommits();

    say("opened");
    breaker.expectMessageClass(SyncPort.Hint.class);
    breaker.expectMessage(new SyncPort.Deferred(0));
    store.comeBack();

    // It may have been tried again before the store was back.
    List<SyncPort.Answer> answers =
        breaker.fishForMessage(
            Patience.LIMIT,
            answer ->
                answer.equals(new SyncPort.Deferred(0))
                    ? FishingOutcomes.continueAndIgnore()
                    : FishingOutcomes.complete());
    Revision open = ((SyncPort.Adopt) answers.get(0)).revision();
    assertThat(open.state()).isEqualTo(State.OPEN);
    assertThat(open.worker()).isEqualTo(FlexiAi.WORKER);
  }

  @Test
  void r9WhoRegistersMeetsAnOpenStateOfFlexiAiFirst() {
    memory.putRaw("openai", FlexiAi.state("open", Instant.now()).getBytes(UTF_8));

    ActorRef<SyncPort.Message> sync = register(Map.of("openai", OPEN_FOR));

    breaker.expectMessageClass(SyncPort.Hint.class);
    breaker.expectNoMessage();
    sync.tell(new SyncPort.Register("openai", breaker.getRef()));
    breaker.expectMessageClass(SyncPort.Hint.class);
    memory.putRaw("openai", FlexiAi.state("closed", Instant.now()).getBytes(UTF_8));
    breaker.expectMessageClass(SyncPort.HintWithdrawn.class);
  }

  @Test
  void withoutInteropNothingOfItIsHeard() {
    memory.putRaw("openai", FlexiAi.state("open", Instant.now()).getBytes(UTF_8));
    register(Map.of());
    breaker.expectMessageClass(SyncPort.NothingShared.class);

    say("opened");

    await().until(() -> health.messagesDropped() == 1);
    breaker.expectNoMessage();
  }
}
