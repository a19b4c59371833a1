package io.fleetbreaker.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.Patience;
import io.fleetbreaker.State;
import io.fleetbreaker.Ticker;
import io.fleetbreaker.sync.Proposal;
import io.fleetbreaker.sync.Revision;
import io.fleetbreaker.sync.RevisionId;
import io.fleetbreaker.sync.SyncPort;
import java.lang.reflect.Constructor;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.UnhandledMessage;
import org.apache.pekko.actor.testkit.typed.FishingOutcome;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedisSyncActorTest {
  private static final RedisSettings SETTINGS =
      TestSettings.shortWaits(
          RedisSettings.of(URI.create("redis://localhost/15")).withPrefix("test_flexiai"));

  private final ActorTestKit kit = ActorTestKit.create();
  private final FaultyStore store =
      new FaultyStore(new InMemoryStore(SETTINGS, System::currentTimeMillis));
  private final SyncHealth health = new SyncHealth();
  private final TestProbe<SyncPort.Answer> breaker = kit.createTestProbe("breaker");

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
    store.close();
  }

  private ActorRef<SyncPort.Message> spawn(String worker, SyncHealth health) {
    return kit.spawn(
        Behaviors.supervise(
                RedisSyncActor.create(
                    worker,
                    store,
                    health,
                    Ticker.system(),
                    SyncSettings.DEFAULTS.withReconcileInterval(Duration.ofSeconds(30))))
            .onFailure(SupervisorStrategy.restart()));
  }

  private ActorRef<SyncPort.Message> registered() {
    ActorRef<SyncPort.Message> sync = spawn("me:1:1:a", health);
    sync.tell(new SyncPort.Register("openai", breaker.getRef()));
    breaker.expectMessageClass(SyncPort.NothingShared.class);
    return sync;
  }

  private static SyncPort.Propose trip(long sequence) {
    return trip("openai", sequence);
  }

  private static SyncPort.Propose trip(String provider, long sequence) {
    return new SyncPort.Propose(
        provider,
        new Proposal(
            sequence,
            Proposal.Kind.TRIP,
            State.OPEN,
            RevisionId.NONE,
            Ticker.system().nanos(),
            Duration.ofSeconds(60),
            1,
            "3 consecutive failures",
            3,
            0,
            0));
  }

  @Test
  void aTripIsCommittedAndReachesAnotherWorker() {
    ActorRef<SyncPort.Message> sync = registered();
    TestProbe<SyncPort.Answer> other = kit.createTestProbe("other");
    spawn("other:1:1:b", new SyncHealth()).tell(new SyncPort.Register("openai", other.getRef()));
    other.expectMessageClass(SyncPort.NothingShared.class);

    sync.tell(trip(1));

    Revision committed = breaker.expectMessageClass(SyncPort.Committed.class).revision();
    assertThat(committed.worker()).isEqualTo("me:1:1:a");
    assertThat(other.expectMessageClass(SyncPort.Hint.class).revision().id())
        .isEqualTo(committed.id());
    SyncPort.Adopt adopt = other.expectMessageClass(SyncPort.Adopt.class);
    assertThat(adopt.revision()).isEqualTo(committed);
    assertThat(adopt.remaining()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(60));
    assertThat(health.contact().isOk()).isTrue();
  }

  @Test
  void r9ABreakerThatRegistersLaterIsToldTheFleetsState() {
    ActorRef<SyncPort.Message> sync = registered();
    sync.tell(trip(1));
    breaker.expectMessageClass(SyncPort.Committed.class);
    TestProbe<SyncPort.Answer> late = kit.createTestProbe("late");

    spawn("late:1:1:c", new SyncHealth()).tell(new SyncPort.Register("openai", late.getRef()));

    assertThat(late.expectMessageClass(SyncPort.Adopt.class).revision().state())
        .isEqualTo(State.OPEN);
  }

  @Test
  void r8WhatIsProposedWhileTheStoreIsAwayIsCommittedWhenItIsBack() {
    ActorRef<SyncPort.Message> sync = registered();
    LoggingTestKit.warn("Redis cannot be reached (gone for the test)")
        .withOccurrences(1)
        .expect(
            kit.system(),
            () -> {
              store.goAway();
              sync.tell(trip(1));
              breaker.expectMessage(new SyncPort.Deferred(1));
              sync.tell(trip(2));
              breaker.expectMessage(new SyncPort.Deferred(2));
              return Done.getInstance();
            });
    assertThat(health.contact().isOk()).isFalse();
    assertThat(health.contact().problem()).isEqualTo("gone for the test");

    LoggingTestKit.info("Redis is back")
        .expect(
            kit.system(),
            () -> {
              store.comeBack();
              return Done.getInstance();
            });

    assertThat(breaker.expectMessageClass(SyncPort.Committed.class).sequence()).isEqualTo(2);
    assertThat(health.contact().isOk()).isTrue();
    assertThat(health.contact().problem()).isEmpty();
  }

  @Test
  void r9WhoRegistersWithoutAStoreIsToldOnlyWhenItHasBeenRead() {
    ActorRef<SyncPort.Message> sync = registered();
    store.goAway();
    TestProbe<SyncPort.Answer> another = kit.createTestProbe();

    sync.tell(new SyncPort.Register("anthropic", another.getRef()));
    another.expectNoMessage();
    store.comeBack();

    another.expectMessageClass(SyncPort.NothingShared.class);
  }

  @Test
  void aStoreThatRefusesToWriteIsNotTakenForOneThatIsAway() {
    ActorRef<SyncPort.Message> sync = registered();
    LoggingTestKit.warn("openai: Redis refuses what this worker wants to tell its fleet: no memory")
        .withOccurrences(1)
        .expect(
            kit.system(),
            () -> {
              store.refuseCommits();
              sync.tell(trip(1));
              breaker.expectMessage(new SyncPort.Deferred(1));
              return Done.getInstance();
            });
    assertThat(health.contact().isOk()).isTrue();

    store.comeBack();

    assertThat(breaker.fishForMessage(Patience.LIMIT, RedisSyncActorTest::committed)).isNotEmpty();
  }

  private static FishingOutcome committed(SyncPort.Answer answer) {
    return answer instanceof SyncPort.Committed
        ? FishingOutcomes.complete()
        : FishingOutcomes.continueAndIgnore();
  }

  @Test
  void whatWaitsWhileAnOutageBeginsDoesNotTimeOutOneByOne() {
    ActorRef<SyncPort.Message> sync = registered();
    int many = 100;
    for (int i = 0; i < many; i++) {
      sync.tell(new SyncPort.Register("p" + i, breaker.getRef()));
    }
    breaker.receiveSeveralMessages(many);

    store.hang();
    for (int i = 0; i < many; i++) {
      sync.tell(trip("p" + i, i + 1));
    }
    store.timeOut(1);
    await().until(() -> !health.contact().storeUp());
    store.timeOut(many);

    assertThat(breaker.receiveSeveralMessages(many))
        .allMatch(answer -> answer instanceof SyncPort.Deferred);
    // As many as may be under way, and the one that began before the first was given up.
    assertThat(store.heldUp()).isBetween(1, 4);
  }

  @Test
  void aDrainIsAnsweredWhenNothingIsLeftToCommit() {
    ActorRef<SyncPort.Message> sync = registered();
    TestProbe<Done> done = kit.createTestProbe();

    sync.tell(trip(1));
    sync.tell(new RedisSyncActor.Drain(done.getRef()));

    done.expectMessage(Done.getInstance());
    assertThat(store.getState("openai").orElseThrow().state()).isEqualTo(State.OPEN);
  }

  @Test
  void aDrainDoesNotWaitForAStoreThatIsAway() {
    ActorRef<SyncPort.Message> sync = registered();
    TestProbe<Done> done = kit.createTestProbe();
    store.goAway();
    sync.tell(trip(1));
    breaker.expectMessageClass(SyncPort.Deferred.class);

    sync.tell(new RedisSyncActor.Drain(done.getRef()));

    done.expectMessage(Done.getInstance());
  }

  @Test
  void aRestartSaysSoAndFollowsItsFleetAgain() {
    TestProbe<SyncPort.Started> starts = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(SyncPort.Started.class, starts.getRef()));
    ActorRef<SyncPort.Message> sync = registered();
    assertThat(starts.receiveMessage().sync()).isEqualTo(sync);

    LoggingTestKit.error(NullPointerException.class)
        .expect(
            kit.system(),
            () -> {
              sync.tell(new RedisSyncActor.Drain(null));
              return Done.getInstance();
            });

    assertThat(starts.receiveMessage().sync()).isEqualTo(sync);
    sync.tell(new SyncPort.Register("openai", breaker.getRef()));
    breaker.expectMessageClass(SyncPort.NothingShared.class);
    sync.tell(trip(1));
    breaker.expectMessageClass(SyncPort.Committed.class);
  }

  @Test
  void theRehearsalOfACommitLeavesNothingBehind() {
    TestProbe<BreakerEvent> events = kit.createTestProbe();
    store.subscribe(FleetStore.EventListener.of(event -> events.getRef().tell(event)));

    Rehearsal.run(store, "me:1:1:a");

    events.expectNoMessage();
    assertThat(store.commit(Revisions.commit("openai", RevisionId.NONE, Revisions.open(9, 1, "x"))))
        .isInstanceOf(FleetStore.CommitResult.Committed.class);
  }

  @Test
  void everyMessageIsHandled() throws Exception {
    ActorRef<SyncPort.Message> sync = registered();
    TestProbe<UnhandledMessage> unhandled = kit.createUnhandledMessageProbe();

    for (Class<?> message :
        Stream.concat(
                Arrays.stream(RedisSyncActor.Command.class.getPermittedSubclasses()),
                Arrays.stream(SyncPort.Request.class.getPermittedSubclasses()))
            .toList()) {
      // Its components do not matter: an empty one may crash the actor, and is handled by that.
      sync.tell((SyncPort.Message) emptyRecord(message));
    }

    unhandled.expectNoMessage();
  }

  private static Object emptyRecord(Class<?> type) throws ReflectiveOperationException {
    Constructor<?> constructor = type.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    Object[] arguments =
        Arrays.stream(constructor.getParameterTypes())
            .map(t -> t == int.class ? (Object) 0 : t == long.class ? 0L : null)
            .toArray();
    return constructor.newInstance(arguments);
  }
}
