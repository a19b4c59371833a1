package io.fleetbreaker.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** What can happen to the server that two workers share, apart from its end. */
class StoreFaultsIT {
  private static final Duration MINUTES = Duration.ofMinutes(5);
  private static final Duration MOMENT = Duration.ofMillis(300);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::startWithDebug);

  private WatchedFleet start(Duration open, Duration reconcile) {
    String settings =
        "fleetbreaker.reconcile-interval = %d ms\n".formatted(reconcile.toMillis())
            + "fleetbreaker.providers.openai { failure-threshold = 3, open-duration = %d ms }"
                .formatted(open.toMillis());
    return bench.fleet(bench.redis().settings(settings));
  }

  private List<WatchedFleet> startTwo(Duration open, Duration reconcile) {
    List<WatchedFleet> fleets = List.of(start(open, reconcile), start(open, reconcile));
    awaitMode(fleets, SyncStatus.Mode.OK);
    return fleets;
  }

  private static void awaitMode(List<WatchedFleet> fleets, SyncStatus.Mode mode) {
    FaultBench.eventually()
        .untilAsserted(
            () ->
                assertThat(fleets)
                    .allSatisfy(f -> assertThat(f.fleet().sync().mode()).isEqualTo(mode)));
  }

  private List<WatchedFleet> startTwoOpen(Duration reconcile) {
    List<WatchedFleet> fleets = startTwo(MINUTES, reconcile);
    fleets.get(0).trip("openai");
    bench.awaitShared(fleets, "openai", "open");
    return fleets;
  }

  /** Both make calls, which succeed, until both are closed. */
  private void recover(List<WatchedFleet> fleets) {
    FaultBench.eventually()
        .untilAsserted(
            () -> {
              fleets.forEach(fleet -> fleet.succeed("openai"));
              bench.assertShared(fleets, "openai", "closed");
            });
  }

  @Test
  void r11AFlushClosesNothingAndTheKeyIsBackWithinOneReconcile() {
    List<WatchedFleet> fleets = startTwoOpen(SECOND);
    int[] marks = FaultBench.marks(fleets, "openai");

    bench.redis().flushAll();

    FaultBench.within(SECOND.plusSeconds(2))
        .untilAsserted(() -> assertThat(bench.stateInStore("openai")).contains("open"));
    bench.awaitShared(fleets, "openai", "open");
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
  }

  @Test
  void r9WhoJoinsAFlushedStoreIsOpenThoughNobodyReconciles() {
    List<WatchedFleet> fleets = startTwoOpen(NEVER);
    int[] marks = FaultBench.marks(fleets, "openai");

    bench.redis().flushAll();
    WatchedFleet joiner = start(MINUTES, NEVER);

    assertThat(joiner.succeed("openai")).isFalse();
    bench.awaitShared(List.of(fleets.get(0), fleets.get(1), joiner), "openai", "open");
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
  }

  @Test
  void scriptsThatTheServerForgotAreLoadedAgain() {
    List<WatchedFleet> fleets = startTwo(MOMENT, NEVER);

    bench.redis().tell(Jedis::scriptFlush);
    fleets.get(0).trip("openai");

    assertThat(fleets.get(0).succeed("openai")).isFalse();
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(fleets.get(1).transitions("openai")).isNotEmpty());
    bench.redis().tell(Jedis::scriptFlush);
    recover(fleets);
    assertThat(fleets).allMatch(f -> f.fleet().sync().mode() == SyncStatus.Mode.OK);
  }

  @Test
  void r3SubscribersWhoseConnectionsAreKilledMissNothing() {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);

    long killed =
        bench
            .redis()
            .ask(
                jedis ->
                    jedis.clientKill(ClientKillParams.clientKillParams().type(ClientType.PUBSUB)));
    fleets.get(0).trip("openai");

    assertThat(killed).isEqualTo(2);
    bench.awaitShared(fleets, "openai", "open");
    awaitMode(fleets, SyncStatus.Mode.OK);
    assertThat(fleets.get(1).fleet().reset("openai", "by a test").toCompletableFuture().join())
        .isEqualTo(ResetOutcome.COMMITTED);
    bench.awaitShared(fleets, "openai", "closed");
  }

  @Test
  void r8ATripWhileTheServerPausesItsClientsIsCommittedOnce() {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);

    bench.redis().tell(jedis -> jedis.sendCommand(Protocol.Command.CLIENT, "PAUSE", "1800"));

    assertStalledTripIsCommittedOnce(fleets);
  }

  @Test
  void r8ATripWhileTheServerSleepsIsCommittedOnce() {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);

    CompletableFuture<Void> asleep =
        CompletableFuture.runAsync(
            () ->
                bench
                    .redis()
                    .tell(
                        jedis -> jedis.sendCommand(() -> "DEBUG".getBytes(UTF_8), "SLEEP", "1.8")));

    FaultBench.eventually().until(() -> !bench.redis().answersAtOnce());
    assertStalledTripIsCommittedOnce(fleets);
    asleep.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private void assertStalledTripIsCommittedOnce(List<WatchedFleet> fleets) {
    WatchedFleet tripping = fleets.get(0);
    tripping.trip("openai");
    assertThat(tripping.succeed("openai")).isFalse();
    awaitMode(List.of(tripping), SyncStatus.Mode.DEGRADED);
    assertThat(tripping.fleet().sync().problem()).isNotEmpty();
    bench.awaitShared(fleets, "openai", "open");
    awaitMode(fleets, SyncStatus.Mode.OK);
    assertThat(bench.stored("openai").orElseThrow().path("version").asLong()).isEqualTo(1);
    assertThat(bench.log().lines("Redis cannot be reached")).hasSizeBetween(1, 2);
  }

  @ParameterizedTest
  @CsvSource({"state:openai", "probe:openai", "open", "history", "fleet"})
  void aKeyOfTheWrongTypeHoldsNobodyUp(String key) {
    List<WatchedFleet> fleets = startTwo(MOMENT, SECOND);
    String wrong = TestRedis.PREFIX + ":" + key;

    bench.redis().tell(jedis -> replaceByWrongType(jedis, wrong));
    fleets.get(0).trip("openai");

    assertThat(fleets.get(0).succeed("openai")).isFalse();
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(fleets.get(1).transitions("openai")).isNotEmpty());
    recover(fleets);
    fleets.get(1).trip("openai");
    FaultBench.eventually()
        .untilAsserted(() -> assertThat(fleets.get(0).transitions("openai")).hasSizeGreaterThan(2));
    recover(fleets);
    awaitMode(fleets, SyncStatus.Mode.OK);
  }

  /** A list is right for none of the keys. */
  private static void replaceByWrongType(Jedis jedis, String key) {
    jedis.del(key);
    jedis.rpush(key, "of the wrong type");
  }

  @Test
  void r11AStateReplacedByAKeyOfAnotherTypeClosesNothing() {
    List<WatchedFleet> fleets = startTwoOpen(SECOND);
    int[] marks = FaultBench.marks(fleets, "openai");

    bench.redis().tell(jedis -> replaceByWrongType(jedis, FaultBench.STATE + "openai"));

    FaultBench.eventually()
        .untilAsserted(() -> assertThat(bench.stateInStore("openai")).contains("open"));
    bench.awaitShared(fleets, "openai", "open");
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
  }

  @Test
  void aForeignKeyInTheLocksPlaceHoldsUpTheFleetButNotTheWorker() {
    List<WatchedFleet> fleets = startTwo(MINUTES, SECOND);
    String lock = TestRedis.PREFIX + ":lock:state:openai";

    bench.redis().tell(jedis -> replaceByWrongType(jedis, lock));
    fleets.get(0).trip("openai");

    assertThat(fleets.get(0).succeed("openai")).isFalse();
    // The lock is taken, as far as Redis can tell, and not by anybody who would give it back.
    assertThat(fleets.get(0).state("openai")).isEqualTo("open");
    bench.redis().tell(jedis -> jedis.del(lock));
    bench.awaitShared(fleets, "openai", "open");
  }
}
