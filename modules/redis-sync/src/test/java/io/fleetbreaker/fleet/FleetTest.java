package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.CallNotPermittedException;
import io.fleetbreaker.CircuitBreaker;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.Transition;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.BreakerEvent;
import io.fleetbreaker.redis.RedisSettings;
import io.fleetbreaker.redis.StoredState;
import io.fleetbreaker.redis.TestSettings;
import io.fleetbreaker.sync.RevisionId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

class FleetTest {
  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();
  private static final String STATE = "test_flexiai:state:openai";
  private static final Duration OPEN_FOR = Duration.ofSeconds(60);

  private static ProviderSettings[] providers(Duration openFor) {
    return new ProviderSettings[] {
      ProviderSettings.builder("openai")
          .priority(1)
          .failureThreshold(3)
          .openDuration(openFor)
          .halfOpenMaxCalls(1)
          .successThreshold(1)
          .halfOpenMaxDuration(Duration.ofSeconds(60))
          .build(),
      ProviderSettings.defaults("anthropic")
    };
  }

  private static FleetSettings settings(URI uri, Duration openFor) {
    return RedisFleets.settings(uri, providers(openFor));
  }

  private static FleetSettings settings() {
    return settings(REDIS.uri(), OPEN_FOR);
  }

  private static FleetSettings withoutRedis() {
    return RedisFleets.withoutRedis(providers(OPEN_FOR));
  }

  private static Fleet start(FleetSettings settings) {
    return REDIS.start(settings);
  }

  private static void fail(Fleet fleet, int times) {
    CircuitBreaker breaker = fleet.breaker("openai");
    for (int i = 0; i < times; i++) {
      breaker.tryAcquire().orElseThrow().failure();
    }
  }

  private static BreakerView openai(Fleet fleet) {
    return fleet.breaker("openai").view();
  }

  private static void eventually(Fleet fleet, State state) {
    await()
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(
            () -> {
              assertThat(openai(fleet).state()).isEqualTo(state);
              assertThat(openai(fleet).shared()).isTrue();
            });
  }

  @Test
  void failoverIsOverTheNamedProvidersOrOverAll() {
    Fleet fleet = start(settings());

    assertThat(fleet.failover().providers()).containsExactly("openai", "anthropic");
    assertThat(fleet.failover("anthropic").providers()).containsExactly("anthropic");
    assertThatThrownBy(() -> fleet.failover("openai", "mistral"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no provider 'mistral' is configured; there are openai, anthropic");
  }

  @Test
  void oneWorkersTripOpensTheOther() {
    Fleet first = start(settings());
    Fleet second = start(settings());
    assertThat(first.sync().mode()).isEqualTo(SyncStatus.Mode.OK);

    fail(first, 3);

    assertThat(first.breaker("openai").tryAcquire()).isEmpty();
    eventually(second, State.OPEN);
    assertThat(openai(second).failureCount()).isZero();
    assertThat(openai(second).reason()).contains(first.workerId());
    assertThat(openai(first).failureCount()).isEqualTo(3);
    eventually(first, State.OPEN);
    assertThat(openai(second).revision()).isEqualTo(openai(first).revision());
    assertThat(second.breaker("anthropic").view().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void anOverrideHoldsOnThisWorkerUntilItIsTakenBack() throws Exception {
    Fleet first = start(settings());
    Fleet second = start(settings());

    first
        .override("openai", OverrideMode.FORCED_OPEN, "maintenance of openai")
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);

    assertThat(first.breaker("openai").tryAcquire()).isEmpty();
    assertThat(openai(first).override().orElseThrow().reason()).isEqualTo("maintenance of openai");
    assertThat(second.breaker("openai").tryAcquire()).isPresent();
    assertThat(first.reset("openai", "by hand").toCompletableFuture().get(60, TimeUnit.SECONDS))
        .isEqualTo(ResetOutcome.FORCED_OPEN);

    first.clearOverride("openai").toCompletableFuture().get(60, TimeUnit.SECONDS);
    assertThat(first.breaker("openai").tryAcquire()).isPresent();
  }

  @Test
  void anOverrideEndsByItself() throws Exception {
    Fleet fleet = start(settings());
    BlockingQueue<Transition> heard = new LinkedBlockingQueue<>();
    fleet.events().onTransition(heard::add);

    fleet.override("openai", OverrideMode.FORCED_OPEN, "for a moment", Duration.ofMillis(50));

    Transition forced = heard.poll(60, TimeUnit.SECONDS);
    assertThat(forced).isNotNull();
    assertThat(forced.override()).contains(OverrideMode.FORCED_OPEN);
    await().until(() -> openai(fleet).override().isEmpty());
    assertThat(fleet.breaker("openai").tryAcquire()).isPresent();
  }

  @Test
  void anOverrideOfNoTimeIsRefused() {
    Fleet fleet = start(settings());

    assertThatThrownBy(
            () -> fleet.override("openai", OverrideMode.DISABLED, "why not", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an override must last 1 ms to 365 days, was PT0S (openai)");
  }

  @Test
  void aListenerHearsOfAllBreakersOnBothWorkers() throws Exception {
    Fleet first = start(settings());
    Fleet second = start(settings());
    BlockingQueue<Transition> heard = new LinkedBlockingQueue<>();
    second.events().onTransition(heard::add);

    fail(first, 3);
    Transition opened = heard.poll(60, TimeUnit.SECONDS);

    assertThat(opened).isNotNull();
    assertThat(opened.provider()).isEqualTo("openai");
    assertThat(opened.from()).isEqualTo(State.CLOSED);
    assertThat(opened.to()).isEqualTo(State.OPEN);
    assertThat(opened.reason()).contains(first.workerId());
    assertThat(opened.remaining()).isPositive();
  }

  @Test
  void twoFleetsOfOneJvmInOneActorSystemDoNotMeet() {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "application");
    try (Fleet one = Fleet.start(settings(), system);
        Fleet other =
            Fleet.start(
                FleetSettings.of(
                    TestSettings.patient(RedisSettings.of(REDIS.uri())).withPrefix("test_other"),
                    ProviderSettings.defaults("openai")),
                system)) {
      fail(one, 3);
      eventually(one, State.OPEN);

      assertThat(other.breaker("openai").tryAcquire()).isPresent();
      assertThat(other.breaker("openai").view().failureCount()).isZero();
    } finally {
      system.terminate();
    }
  }

  @Test
  void theBreakersOfAClosedFleetAdmitEveryCallSinceNobodyWouldOpenThemAgain() throws Exception {
    Fleet fleet = start(settings());
    fail(fleet, 3);
    eventually(fleet, State.OPEN);

    fleet.close();

    CircuitBreaker left = fleet.breaker("openai");
    assertThat(left.call(() -> "an answer")).isEqualTo("an answer");
    assertThat(left.view().reason()).startsWith("unattended");
    for (int i = 0; i < 10; i++) {
      left.tryAcquire().orElseThrow().failure();
    }
    assertThat(left.view().counts().failed()).isEqualTo(13);
  }

  @Test
  void theBreakersOfAFleetWhoseActorSystemHasEndedAdmitEveryCall() {
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "application");
    Fleet fleet = Fleet.start(settings(), system);
    REDIS.fleets().add(fleet);
    fail(fleet, 3);
    eventually(fleet, State.OPEN);

    system.terminate();

    await().untilAsserted(() -> assertThat(fleet.breaker("openai").tryAcquire()).isPresent());
  }

  @Test
  void whatStandsInRedisIsReadableByOthers() {
    Fleet fleet = start(settings());
    fail(fleet, 3);
    eventually(fleet, State.OPEN);

    String json = REDIS.raw().get(STATE);
    long ttl = REDIS.raw().pttl(STATE);
    StoredState stored = fleet.store().getState("openai").orElseThrow();

    assertThat(json).contains("\"state\":\"open\"").contains("\"failure_count\":3");
    assertThat(ttl).isBetween(3_500_000L, 3_600_000L);
    assertThat(stored.revision().orElseThrow().worker()).isEqualTo(fleet.workerId());
    assertThat(REDIS.raw().keys("test_flexiai:lock:*")).isEmpty();
  }

  @Test
  void r9AWorkerThatStartsLaterStartsInTheFleetsState() {
    fail(start(settings()), 3);
    eventually(REDIS.first(), State.OPEN);

    Fleet late = start(settings());

    assertThat(late.breaker("openai").tryAcquire()).isEmpty();
    assertThat(openai(late).remaining()).isBetween(OPEN_FOR.dividedBy(2), OPEN_FOR);
  }

  @Test
  void aResetClosesTheFleet() throws Exception {
    Fleet first = start(settings());
    Fleet second = start(settings());
    fail(first, 3);
    eventually(second, State.OPEN);

    ResetOutcome outcome =
        second.reset("openai", "by hand").toCompletableFuture().get(60, TimeUnit.SECONDS);

    assertThat(outcome).isEqualTo(ResetOutcome.COMMITTED);
    assertThat(openai(second).state()).isEqualTo(State.CLOSED);
    eventually(first, State.CLOSED);
    assertThat(openai(first).failureCount()).isZero();
  }

  @Test
  void theFleetRecoversThroughAProbe() throws Exception {
    FleetSettings quick = settings(REDIS.uri(), Duration.ofMillis(200));
    Fleet first = start(quick);
    Fleet second = start(quick);
    fail(first, 3);
    eventually(second, State.OPEN);

    await()
        .ignoreExceptionsInstanceOf(CallNotPermittedException.class)
        .untilAsserted(
            () -> assertThat(second.breaker("openai").call(() -> "fine")).isEqualTo("fine"));

    eventually(second, State.CLOSED);
    eventually(first, State.CLOSED);
  }

  @Test
  void racingTripsEndInOneRevisionEverywhere() {
    Fleet first = start(settings());
    Fleet second = start(settings());
    Fleet third = start(settings());

    // Who is slow may find the fleet open already.
    REDIS.fleets().parallelStream()
        .map(fleet -> fleet.breaker("openai"))
        .forEach(
            breaker ->
                IntStream.range(0, 3)
                    .forEach(i -> breaker.tryAcquire().ifPresent(Permit::failure)));

    for (Fleet fleet : REDIS.fleets()) {
      eventually(fleet, State.OPEN);
    }
    await()
        .untilAsserted(
            () -> {
              assertThat(openai(second).revision()).isEqualTo(openai(first).revision());
              assertThat(openai(third).revision()).isEqualTo(openai(first).revision());
            });
    assertThat(openai(first).revision().version()).isEqualTo(1);
  }

  @Test
  void r12AForgedEventStopsTrafficOnlyUntilTheKeyHasBeenRead() throws Exception {
    Fleet fleet = start(settings());
    BlockingQueue<Transition> heard = new LinkedBlockingQueue<>();
    fleet.events().onTransition(heard::add);
    BreakerEvent forged =
        new BreakerEvent(
            "openai",
            BreakerEvent.Type.OPENED,
            "nobody",
            Instant.now(),
            1,
            0,
            Optional.of(
                new BreakerEvent.RevisionInfo(
                    new RevisionId(5, 5, "forged"), 15, 3_600_000, 0, 0, "forged")));

    fleet.store().publish(forged);

    Transition stopped = heard.poll(60, TimeUnit.SECONDS);
    Transition resumed = heard.poll(60, TimeUnit.SECONDS);
    assertThat(stopped).isNotNull();
    assertThat(stopped.to()).isEqualTo(State.OPEN);
    assertThat(resumed).isNotNull();
    assertThat(resumed.to()).isEqualTo(State.CLOSED);
    eventually(fleet, State.CLOSED);
    assertThat(fleet.breaker("openai").tryAcquire()).isPresent();
  }

  @Test
  void withoutRedisAWorkerStartsAndProtectsItselfAlone() throws Exception {
    Fleet alone = start(withoutRedis());

    assertThat(alone.sync().mode()).isEqualTo(SyncStatus.Mode.DEGRADED);
    await().untilAsserted(() -> assertThat(alone.sync().problem()).contains("127.0.0.1:1"));
    fail(alone, 3);
    assertThat(alone.breaker("openai").tryAcquire()).isEmpty();
    assertThat(openai(alone).shared()).isFalse();
    ResetOutcome outcome =
        alone.reset("openai", "by hand").toCompletableFuture().get(60, TimeUnit.SECONDS);
    assertThat(outcome).isEqualTo(ResetOutcome.LOCAL_ONLY);
    assertThat(openai(alone).state()).isEqualTo(State.CLOSED);
  }

  private void configure(String maxMemory) {
    REDIS
        .raw()
        .executeCommand(
            new CommandArguments(Protocol.Command.CONFIG)
                .add("SET")
                .add("maxmemory")
                .add(maxMemory));
  }

  @Test
  void aRedisThatRefusesWritesIsNotInSyncThoughItAnswers() {
    configure("1");
    try {
      Fleet fleet = start(settings());
      SyncStatus sync = fleet.sync();

      assertThat(sync.redisConnected()).isTrue();
      assertThat(sync.mode()).isEqualTo(SyncStatus.Mode.DEGRADED);
      assertThat(sync.refusal()).startsWith("commits: ").contains("OOM");
      assertThat(sync.problem()).isEqualTo(sync.refusal());
    } finally {
      configure("0");
    }

    Fleet fleet = REDIS.first();
    fail(fleet, 3);
    // A heartbeat may have been refused, too, and say so after a commit has been taken.
    await()
        .untilAsserted(
            () -> {
              SyncStatus sync = fleet.sync();
              assertThat(sync.refusal()).isEmpty();
              assertThat(sync.mode()).isEqualTo(SyncStatus.Mode.OK);
            });
  }

  @Test
  void startWithoutRedisCanBeRefused() {
    FleetSettings base = withoutRedis();
    FleetSettings strict =
        new FleetSettings(base.providers(), base.redis(), false, base.startWait(), base.sync());

    assertThatThrownBy(() -> Fleet.start(strict))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("start-without-redis is false");
  }

  @Test
  void r8ATripMadeWhileRedisWasAwayIsCommittedWhenItIsBack() {
    EmbeddedRedis own = EmbeddedRedis.start();
    int port = own.port();
    FleetSettings settings = settings(RedisFleets.of(own), OPEN_FOR);
    Fleet first = start(settings);
    Fleet second = start(settings);
    own.close();
    await()
        .untilAsserted(() -> assertThat(first.sync().mode()).isEqualTo(SyncStatus.Mode.DEGRADED));
    fail(first, 3);
    assertThat(first.breaker("openai").tryAcquire()).isEmpty();

    try (EmbeddedRedis again = EmbeddedRedis.start(port)) {
      eventually(second, State.OPEN);
      eventually(first, State.OPEN);
      await().untilAsserted(() -> assertThat(second.sync().mode()).isEqualTo(SyncStatus.Mode.OK));
      assertThat(again.port()).isEqualTo(port);
    }
  }

  @Test
  void r11WhatWasOpenIsPutBackIntoAStoreThatForgotIt() {
    FleetSettings settings = settings();
    Fleet fleet =
        start(
            new FleetSettings(
                settings.providers(),
                settings.redis(),
                true,
                settings.startWait(),
                settings.sync().withReconcileInterval(Duration.ofMillis(200))));
    fail(fleet, 3);
    eventually(fleet, State.OPEN);
    long epoch = openai(fleet).revision().epoch();

    REDIS.raw().flushDB();

    await().untilAsserted(() -> assertThat(REDIS.raw().get(STATE)).contains("open"));
    await().untilAsserted(() -> assertThat(openai(fleet).revision().epoch()).isGreaterThan(epoch));
    assertThat(openai(fleet).state()).isEqualTo(State.OPEN);
    Fleet late = start(settings);
    assertThat(late.breaker("openai").tryAcquire()).isEmpty();
  }

  @Test
  void r3AFleetWhoseOpenTimeEndedWhileTheStoreForgotItConverges() {
    EmbeddedRedis own = EmbeddedRedis.start();
    int port = own.port();
    FleetSettings quick = settings(RedisFleets.of(own), Duration.ofMillis(500));
    Fleet first = start(quick);
    Fleet second = start(quick);
    fail(first, 3);
    eventually(first, State.OPEN);
    eventually(second, State.OPEN);
    own.close();
    // Each has a probe of its own in flight.
    await().until(() -> first.breaker("openai").tryAcquire().isPresent());
    await().until(() -> second.breaker("openai").tryAcquire().isPresent());

    try (EmbeddedRedis empty = EmbeddedRedis.start(port)) {
      eventually(first, State.HALF_OPEN);
      eventually(second, State.HALF_OPEN);
      await()
          .untilAsserted(
              () -> {
                assertThat(first.store().getState("openai").map(StoredState::state))
                    .contains(State.HALF_OPEN);
                assertThat(openai(second).revision()).isEqualTo(openai(first).revision());
              });
      assertThat(empty.port()).isEqualTo(port);
    }
  }

  @Test
  void itRunsInsideAnActorSystemOfTheApplicationAndLeavesItRunning() {
    ActorTestKit kit = ActorTestKit.create();
    try {
      Fleet inside = Fleet.start(settings(), kit.system());
      Fleet beside = Fleet.start(settings(), kit.system());
      fail(inside, 3);
      eventually(beside, State.OPEN);
      inside.close();
      beside.close();

      assertThat(kit.system().whenTerminated().isCompleted()).isFalse();
    } finally {
      kit.shutdownTestKit();
    }
  }

  @Test
  void r8ATripOfAMomentBeforeTheCloseReachesTheFleet() {
    int inTime = 0;
    // Nobody else is there who could write again what a flush has taken.
    for (int i = 0; inTime < 10 && i < 30; i++) {
      REDIS.raw().flushDB();
      Fleet leaving = start(settings());
      fail(leaving, 3);
      // By those that were in time: each kind has to be, five times.
      boolean interrupted = inTime % 2 == 1;
      if (interrupted) {
        // As an executor does that is shut down while it closes what it uses.
        Thread.currentThread().interrupt();
      }
      long begunNanos = System.nanoTime();
      leaving.close();
      boolean promised = System.nanoTime() - begunNanos < Duration.ofSeconds(2).toNanos();
      assertThat(Thread.interrupted()).isEqualTo(interrupted);

      // Within 2 s: a close that the machine has held up for so long promises nothing.
      if (promised) {
        assertThat(REDIS.raw().get(STATE)).as("round " + i).contains("\"open\"");
        inTime++;
      }
    }
    assertThat(inTime).isEqualTo(10);
    eventually(start(settings()), State.OPEN);
  }

  @Test
  void r9AWorkerThatMayNotListenStillStartsInTheFleetsState() {
    fail(start(settings()), 3);
    eventually(REDIS.first(), State.OPEN);
    CommandArguments deafUser = new CommandArguments(Protocol.Command.ACL).add("SETUSER");
    List.of("deaf", "on", ">secret", "~*", "+@all", "resetchannels").forEach(deafUser::add);
    REDIS.raw().executeCommand(deafUser);
    URI uri = URI.create("redis://deaf:secret@127.0.0.1:" + REDIS.port() + "/15");

    Fleet deaf = start(settings(uri, OPEN_FOR));

    assertThat(deaf.breaker("openai").tryAcquire()).isEmpty();
    assertThat(deaf.sync().mode()).isEqualTo(SyncStatus.Mode.DEGRADED);
    assertThat(deaf.sync().problem()).contains("NOPERM").doesNotContain("secret");
  }

  @Test
  void aFleetThatHasBeenClosedSaysSo() {
    Fleet fleet = start(settings());
    fleet.close();

    assertThatThrownBy(() -> fleet.reset("openai", "too late"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anUnknownProviderIsNamedWithThoseThereAre() {
    Fleet fleet = start(settings());

    assertThatThrownBy(() -> fleet.breaker("opanai"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no provider 'opanai' is configured; there are openai, anthropic");
  }
}
