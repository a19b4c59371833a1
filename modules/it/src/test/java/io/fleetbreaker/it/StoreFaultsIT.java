package io.fleetbreaker.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetbreaker.fleet.ResetOutcome;
import io.fleetbreaker.fleet.SyncStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.resps.StreamEntry;

/** What can happen to the server that two workers share, apart from its end. */
class StoreFaultsIT {
  private static final Duration MINUTES = Duration.ofMinutes(5);
  private static final Duration MOMENT = Duration.ofMillis(300);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** For how long a worker that joins a lost store waits for those who hold its state. */
  private static final Duration HOLDERS_WAIT = Duration.ofMillis(300);

  /** So long that the trip falls into it, and is seen to wait, however busy the machine is. */
  private static final Duration STALL = Duration.ofSeconds(6);

  private static final String STALL_MILLIS = String.valueOf(STALL.toMillis());
  private static final int ROUNDS = 3;

  @RegisterExtension final FaultBench bench = new FaultBench(FaultyRedis::startWithDebug);

  private WatchedFleet start(Duration open, Duration reconcile) {
    String settings =
        "fleetbreaker { start-wait = 30 s, reconcile-interval = %d ms }\n"
                .formatted(reconcile.toMillis())
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
    List<Duration> times = new ArrayList<>();

    for (int round = 0; round < ROUNDS; round++) {
      bench.redis().flushAll();
      long flushed = System.nanoTime();
      FaultBench.eventually()
          .untilAsserted(() -> assertThat(bench.stateInStore("openai")).contains("open"));
      times.add(Duration.ofNanos(System.nanoTime() - flushed));
      bench.awaitShared(fleets, "openai", "open");
    }

    times.forEach(time -> Timings.print("a flush, to the key back", time));
    // A machine that is busy with something else delays one of them at times.
    assertThat(times.stream().sorted().toList().get(ROUNDS / 2)).isLessThan(SECOND.plusSeconds(2));
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
  }

  @Test
  void r9WhoJoinsAFlushedStoreIsOpenThoughNobodyReconciles() {
    List<WatchedFleet> fleets = startTwoOpen(NEVER);
    int[] marks = FaultBench.marks(fleets, "openai");

    List<WatchedFleet> all = new ArrayList<>(fleets);
    boolean refused = false;
    for (int round = 0; round < ROUNDS && !refused; round++) {
      bench.redis().flushAll();
      WatchedFleet joiner = start(MINUTES, NEVER);
      refused = !joiner.succeed("openai");
      all.add(joiner);
      bench.awaitShared(all, "openai", "open");
      // It waits for those who hold the state for so long: they were held up if that is too short.
      assertThat(refused || timeToRewrite().compareTo(HOLDERS_WAIT) >= 0)
          .as("refused, or the key was back only after %s", timeToRewrite())
          .isTrue();
    }

    assertThat(refused).isTrue();
    FaultBench.assertNobodyLeftOpen(fleets, "openai", marks);
  }

  /** From the joiner's mark in the lost store to the first commit in it, by the server's clock. */
  private Duration timeToRewrite() {
    String mark = bench.redis().value(TestRedis.PREFIX + ":fleet").orElseThrow();
    List<StreamEntry> first =
        bench.redis().ask(jedis -> jedis.xrange(TestRedis.PREFIX + ":history", "-", "+", 1));
    return Duration.ofMillis(
        first.get(0).getID().getTime() - Long.parseLong(mark.split("-", 2)[0]));
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
    awaitMode(fleets, SyncStatus.Mode.OK);
  }

  @Test
  void r3SubscribersWhoseConnectionsAreKilledMissNothing() {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);
    FaultBench.eventually().until(() -> subscribers() == 2);

    long killed =
        bench
            .redis()
            .ask(
                jedis ->
                    jedis.clientKill(ClientKillParams.clientKillParams().type(ClientType.PUBSUB)));
    fleets.get(0).trip("openai");

    assertThat(killed).isGreaterThanOrEqualTo(2);
    bench.awaitShared(fleets, "openai", "open");
    awaitMode(fleets, SyncStatus.Mode.OK);
    assertThat(fleets.get(1).fleet().reset("openai", "by a test").toCompletableFuture().join())
        .isEqualTo(ResetOutcome.COMMITTED);
    bench.awaitShared(fleets, "openai", "closed");
  }

  /** As the server sees it: a worker whose connection has just gone may not know it yet. */
  private long subscribers() {
    return bench.redis().ask(jedis -> jedis.pubsubNumSub(TestRedis.CHANNEL)).get(TestRedis.CHANNEL);
  }

  @Test
  void r8ATripWhileTheServerPausesItsClientsIsCommittedOnce() {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);

    bench.redis().tell(jedis -> jedis.sendCommand(Protocol.Command.CLIENT, "PAUSE", STALL_MILLIS));

    assertStalledTripIsCommittedOnce(fleets);
  }

  @Test
  void r8ATripWhileTheServerSleepsIsCommittedOnce() throws IOException {
    List<WatchedFleet> fleets = startTwo(MINUTES, NEVER);

    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), bench.redis().port());
        BufferedReader answers =
            new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
      socket.setSoTimeout((int) FaultBench.LIMIT.toMillis());
      assertThat(ask(socket, "PING", answers)).isEqualTo("+PONG");
      // The server reads this before whatever is sent to it later, and then reads nothing.
      send(socket, "DEBUG SLEEP " + STALL.toSeconds());
      assertStalledTripIsCommittedOnce(fleets);
      assertThat(answers.readLine()).isEqualTo("+OK");
    }
  }

  private static String ask(Socket server, String command, BufferedReader answers)
      throws IOException {
    send(server, command);
    return answers.readLine();
  }

  private static void send(Socket server, String command) throws IOException {
    server.getOutputStream().write((command + "\r\n").getBytes(UTF_8));
  }

  private void assertStalledTripIsCommittedOnce(List<WatchedFleet> fleets) {
    WatchedFleet tripping = fleets.get(0);
    tripping.trip("openai");
    assertThat(tripping.succeed("openai")).isFalse();
    FaultBench.eventually()
        .until(
            () -> tripping.fleet().sync(),
            sync -> sync.mode() == SyncStatus.Mode.DEGRADED && !sync.problem().isEmpty());
    bench.awaitShared(fleets, "openai", "open");
    awaitMode(fleets, SyncStatus.Mode.OK);
    assertThat(bench.stored("openai").orElseThrow().path("version").asLong()).isEqualTo(1);
    bench.assertOutagesToldOnce(2);
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
    int before = fleets.get(0).transitions("openai").size();
    fleets.get(1).trip("openai");
    FaultBench.eventually()
        .untilAsserted(
            () -> assertThat(fleets.get(0).transitions("openai")).hasSizeGreaterThan(before));
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
