package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.BreakerView;
import io.fleetbreaker.OverrideMode;
import io.fleetbreaker.OverrideView;
import io.fleetbreaker.Permit;
import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.State;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.sync.RevisionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** What operators do to a whole fleet, and how honestly they are told what came of it (R13). */
class OperatorCommandTest {
  @RegisterExtension private static final RedisFleets REDIS = new RedisFleets();

  private static ProviderSettings openai() {
    return ProviderSettings.builder("openai")
        .failureThreshold(3)
        .openDuration(Duration.ofSeconds(60))
        .build();
  }

  private static Fleet start() {
    return REDIS.start(REDIS.settings(openai()));
  }

  private static OperatorCommand command(OperatorAction action) {
    return new OperatorCommand(
        "openai", action, "alice", "maintenance", Optional.empty(), Optional.empty(), false);
  }

  private static OperatorCommand lasting(OperatorAction action, Duration lasting) {
    return new OperatorCommand(
        "openai", action, "alice", "maintenance", Optional.of(lasting), Optional.empty(), false);
  }

  private static OperatorCommand only(OperatorAction action, RevisionId revision) {
    return new OperatorCommand(
        "openai", action, "alice", "why", Optional.empty(), Optional.of(revision), false);
  }

  private static OperatorCommand orHere(OperatorAction action) {
    return new OperatorCommand(
        "openai", action, "alice", "maintenance", Optional.empty(), Optional.empty(), true);
  }

  private static OperatorOutcome run(Fleet fleet, OperatorCommand command) {
    return fleet.execute(command).toCompletableFuture().join();
  }

  private static OperatorOutcome.Committed commit(Fleet fleet, OperatorCommand command) {
    OperatorOutcome outcome = run(fleet, command);
    assertThat(outcome).isInstanceOf(OperatorOutcome.Committed.class);
    return (OperatorOutcome.Committed) outcome;
  }

  private static BreakerView view(Fleet fleet) {
    return fleet.breaker("openai").view();
  }

  private static boolean admits(Fleet fleet) {
    return fleet.breaker("openai").tryAcquire().isPresent();
  }

  private static void trip(Fleet fleet) {
    for (int i = 0; i < 3; i++) {
      fleet.breaker("openai").tryAcquire().orElseThrow().failure();
    }
  }

  @Test
  void r13ForceOpenIsInForceHereWhenItIsAnsweredAndOnAllSoonAfter() {
    Fleet first = start();
    Fleet second = start();

    OperatorOutcome.Committed done = commit(first, command(OperatorAction.FORCE_OPEN));

    assertThat(admits(first)).isFalse();
    assertThat(view(first).revision()).isEqualTo(done.revision());
    await().untilAsserted(() -> assertThat(view(second).revision()).isEqualTo(done.revision()));
    assertThat(admits(second)).isFalse();
    OverrideView override = view(second).override().orElseThrow();
    assertThat(override.mode()).isEqualTo(OverrideMode.FORCED_OPEN);
    assertThat(override.operator()).isEqualTo("alice");
    assertThat(override.reason()).isEqualTo("maintenance");
    assertThat(override.remaining()).isEmpty();
    assertThat(override.shared()).isTrue();
  }

  @Test
  void r13AJoinerAndARestartedFleetAreStillForcedOpen() {
    commit(start(), command(OperatorAction.FORCE_OPEN));
    REDIS.fleets().forEach(Fleet::close);

    Fleet later = start();

    assertThat(admits(later)).isFalse();
    assertThat(REDIS.raw().pttl("test_flexiai:state:openai")).isEqualTo(-1);
    commit(later, command(OperatorAction.ENABLE));
    assertThat(admits(later)).isTrue();
    assertThat(REDIS.raw().pttl("test_flexiai:state:openai")).isPositive();
  }

  @Test
  void r13AnOverrideWithAnEndIsLiftedByItselfEverywhere() {
    Fleet first = start();
    Fleet second = start();
    OperatorOutcome.Committed done =
        commit(first, lasting(OperatorAction.FORCE_OPEN, Duration.ofSeconds(5)));
    await().pollInterval(Duration.ofMillis(1)).until(() -> !admits(second));

    await()
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () -> assertThat(List.of(admits(first), admits(second))).doesNotContain(false));

    assertThat(view(second).override()).isEmpty();
    assertThat(view(second).revision()).isEqualTo(done.revision());
    trip(second);
    await().until(() -> view(first).state() == State.OPEN && view(first).override().isEmpty());
    assertThat(REDIS.raw().get("test_flexiai:state:openai")).doesNotContain("override");
  }

  @Test
  void r13AnAutomaticTransitionCarriesTheOverrideOn() {
    Fleet first = start();
    commit(first, command(OperatorAction.METRICS_ONLY));
    trip(first);
    assertThat(view(first).automaticState()).isEqualTo(State.CLOSED);

    commit(first, command(OperatorAction.RESET));

    assertThat(view(first).override().orElseThrow().mode()).isEqualTo(OverrideMode.METRICS_ONLY);
    assertThat(REDIS.raw().get("test_flexiai:state:openai")).contains("\"mode\":\"metrics_only\"");
  }

  @Test
  void r13AResetAndATripUnderForcedOpenAreRefusedWithTheWayOut() {
    Fleet fleet = start();
    OperatorOutcome.Committed forced = commit(fleet, command(OperatorAction.FORCE_OPEN));

    OperatorOutcome refused =
        new OperatorOutcome.Refused("openai is forced_open (alice: maintenance); enable it first");
    assertThat(run(fleet, command(OperatorAction.RESET))).isEqualTo(refused);
    assertThat(run(fleet, command(OperatorAction.TRIP))).isEqualTo(refused);
    assertThat(fleet.reset("openai", "bob").toCompletableFuture().join())
        .isEqualTo(ResetOutcome.FORCED_OPEN);
    assertThat(view(fleet).revision()).isEqualTo(forced.revision());
  }

  @Test
  void r13ATripByHandOpensAllAndRecoversByItself() {
    Fleet first = start();
    Fleet second = start();

    commit(first, lasting(OperatorAction.TRIP, Duration.ofSeconds(1)));

    await().until(() -> view(second).state() == State.OPEN);
    assertThat(view(second).override()).isEmpty();
    await()
        .until(
            () -> {
              var permit = first.breaker("openai").tryAcquire();
              permit.ifPresent(Permit::success);
              return permit.isPresent();
            });
    await().until(() -> view(second).state() == State.CLOSED);
  }

  @Test
  void r13ACommandForAnotherRevisionChangesNothing() {
    Fleet fleet = start();
    RevisionId stands = commit(fleet, command(OperatorAction.DISABLE)).revision();
    RevisionId sameButOp = new RevisionId(stands.epoch(), stands.version(), "another");

    assertThat(run(fleet, only(OperatorAction.FORCE_OPEN, sameButOp)))
        .isEqualTo(new OperatorOutcome.RevisionChanged(stands));
    assertThat(run(fleet, only(OperatorAction.FORCE_OPEN, RevisionId.NONE)))
        .isEqualTo(new OperatorOutcome.RevisionChanged(stands));
    assertThat(admits(fleet)).isTrue();
    commit(fleet, only(OperatorAction.FORCE_OPEN, stands));
    assertThat(admits(fleet)).isFalse();
  }

  @Test
  void r13AnOverrideOfThisWorkerGivesWayToTheFleetsAndComesBackAfterIt() {
    Fleet first = start();
    Fleet second = start();
    second.override("openai", OverrideMode.DISABLED, "load test").toCompletableFuture().join();

    commit(first, command(OperatorAction.FORCE_OPEN));
    await().until(() -> !admits(second));
    commit(first, command(OperatorAction.ENABLE));

    await().until(() -> admits(second));
    assertThat(view(second).override().orElseThrow().mode()).isEqualTo(OverrideMode.DISABLED);
    assertThat(view(second).override().orElseThrow().shared()).isFalse();
    assertThat(view(first).override()).isEmpty();
  }

  @Test
  void r13AFlushedStoreIsForcedOpenAgain() {
    Fleet holder = start();
    commit(holder, command(OperatorAction.FORCE_OPEN));
    REDIS.raw().flushDB();

    Fleet joiner = start();

    await()
        .untilAsserted(() -> assertThat(REDIS.raw().get("test_flexiai:state:openai")).isNotNull());
    await().until(() -> !admits(joiner));
    assertThat(view(joiner).override().orElseThrow().operator()).isEqualTo("alice");
    assertThat(admits(holder)).isFalse();
  }

  @Test
  void r13WithoutRedisNothingIsCommittedAndOnRequestItIsInForceHere() {
    Fleet alone = REDIS.start(RedisFleets.withoutRedis(openai()));

    OperatorOutcome not = run(alone, command(OperatorAction.FORCE_OPEN));
    assertThat(not)
        .isInstanceOfSatisfying(
            OperatorOutcome.NotCommitted.class, n -> assertThat(n.appliedHere()).isFalse());
    assertThat(admits(alone)).isTrue();

    OperatorOutcome here = run(alone, orHere(OperatorAction.FORCE_OPEN));
    assertThat(here)
        .isInstanceOfSatisfying(
            OperatorOutcome.NotCommitted.class, n -> assertThat(n.appliedHere()).isTrue());
    assertThat(admits(alone)).isFalse();
    assertThat(view(alone).override().orElseThrow().shared()).isFalse();
    run(alone, orHere(OperatorAction.ENABLE));
    assertThat(admits(alone)).isTrue();
    run(alone, orHere(OperatorAction.TRIP));
    assertThat(admits(alone)).isFalse();
    assertThat(view(alone).shared()).isFalse();
    run(alone, orHere(OperatorAction.RESET));
    assertThat(admits(alone)).isTrue();
  }

  @Test
  void r13AnOperationCanBeAskedAboutLater() {
    Fleet fleet = start();
    OperatorOutcome.Committed forced = commit(fleet, command(OperatorAction.FORCE_OPEN));
    for (int i = 0; i < 9; i++) {
      commit(fleet, command(OperatorAction.DISABLE));
    }

    OperationStatus status =
        fleet.operation("openai", forced.operation()).toCompletableFuture().join();

    assertThat(status.fate()).isEqualTo(OperationStatus.Fate.COMMITTED);
    HistoryEntry entry = status.entry().orElseThrow();
    assertThat(entry.operator()).isEqualTo("alice");
    assertThat(entry.reason()).isEqualTo("maintenance");
    assertThat(entry.to()).isEqualTo(State.OPEN);
    assertThat(entry.override()).contains(OverrideMode.FORCED_OPEN);
    assertThat(entry.revision()).isEqualTo(forced.revision());
    assertThat(entry.worker()).isEqualTo(fleet.workerId());
    assertThat(fleet.operation("openai", "none").toCompletableFuture().join().fate())
        .isEqualTo(OperationStatus.Fate.NOT_FOUND);
  }

  @Test
  void r13ACommandIsAnsweredAlthoughTheFleetIsClosedMeanwhile() throws Exception {
    Fleet fleet = start();
    REDIS.raw().set("test_flexiai:lock:state:openai", "another worker");

    CompletableFuture<OperatorOutcome> outcome =
        fleet.execute(command(OperatorAction.FORCE_OPEN)).toCompletableFuture();
    fleet.close();

    assertThat(outcome.get(60, TimeUnit.SECONDS)).isInstanceOf(OperatorOutcome.Unknown.class);
  }

  @Test
  void manyQuestionsAboutOperationsHoldUpNothingElseWhileRedisIsSilent() throws Exception {
    try (EmbeddedRedis other = EmbeddedRedis.start();
        RedisClient pausing = RedisClient.create(other.uri())) {
      // With the usual time-outs.
      Fleet fleet =
          REDIS.start(FleetSettings.of(RedisFleets.redis(RedisFleets.of(other)), openai()));
      pausing.executeCommand(
          new CommandArguments(Protocol.Command.CLIENT).add("PAUSE").add("120000").add("ALL"));

      List<CompletableFuture<OperationStatus>> asked = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        asked.add(fleet.operation("openai", "op" + i).toCompletableFuture());
      }

      // Each would wait for a second; that Redis is away is found out meanwhile, and ends them all.
      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> asked.stream().allMatch(CompletableFuture::isDone));
      assertThat(asked).allMatch(CompletableFuture::isCompletedExceptionally);
    }
  }

  @Test
  void aCommandThatIsNotLegalIsRefusedWithItsBounds() {
    Fleet fleet = start();

    assertThatThrownBy(() -> fleet.execute(lasting(OperatorAction.RESET, Duration.ofSeconds(5))))
        .hasMessage("reset takes no expiry, was PT5S; leave it out");
    assertThatThrownBy(() -> fleet.execute(lasting(OperatorAction.TRIP, Duration.ofDays(2))))
        .hasMessage("trip must last 1 s to 1 day, was PT48H; use force-open for longer");
    assertThatThrownBy(() -> fleet.execute(lasting(OperatorAction.DISABLE, Duration.ofMillis(1))))
        .hasMessage("disable must last 1 s to 365 days, was PT0.001S");
    assertThatThrownBy(
            () ->
                fleet.execute(
                    new OperatorCommand(
                        "openai",
                        OperatorAction.TRIP,
                        " ",
                        "why",
                        Optional.empty(),
                        Optional.empty(),
                        false)))
        .hasMessage("operator must have 1 to 128 characters, and not only blanks; had 1");
  }
}
