package io.fleetbreaker.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fleetbreaker.ProviderSettings;
import io.fleetbreaker.embedded.EmbeddedRedis;
import io.fleetbreaker.redis.SyncHealth;
import io.fleetbreaker.redis.TestSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

class ReadinessTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static EmbeddedRedis redis;
  private static RedisClient admin;

  @BeforeAll
  static void startRedis() {
    redis = EmbeddedRedis.start();
    admin = RedisClient.create(redis.uri());
    user("full", "allchannels", "+@all");
    user("deaf", "resetchannels", "+@all");
    user("mute", "allchannels", "+@all", "-@read");
    user("scriptless", "allchannels", "+@all", "-evalsha", "-eval");
    user("indexless", "allchannels", "+@all", "-zadd");
  }

  @AfterAll
  static void stopRedis() {
    admin.close();
    redis.close();
  }

  @Test
  void aWorkerThatFollowsItsFleetIsReady() {
    try (Fleet fleet = start("full")) {
      await().atMost(SOON).until(() -> fleet.readiness().isReady());

      assertThat(fleet.readiness()).isEqualTo(Readiness.READY);
    }
  }

  @Test
  void aRightThatIsMissingOnTheChannelIsNamedUntilItIsGiven() {
    try (Fleet fleet = start("deaf")) {
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(fleet.readiness().missing())
                      .contains("not subscribed to the channel test_flexiai:events")
                      .anyMatch(what -> what.startsWith("permission missing: ")));

      user("deaf", "allchannels", "+@all");

      await().atMost(SOON).until(() -> fleet.readiness().isReady());
    }
  }

  @Test
  void aRightThatIsMissingForACommandIsNamed() {
    try (Fleet fleet = start("mute")) {
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(fleet.readiness().missing())
                      .contains("snapshot pending")
                      .anyMatch(
                          what ->
                              what.startsWith("permission missing: ") && what.contains("command")));
    }
  }

  @ParameterizedTest
  @CsvSource({"scriptless, evalsha", "indexless, heartbeats"})
  void aRightToWriteThatIsMissingIsNamedUntilItIsGiven(String user, String named) {
    try (Fleet fleet = start(user)) {
      Set<Readiness> told = ConcurrentHashMap.newKeySet();
      await()
          .pollInterval(Duration.ofMillis(1))
          .atMost(SOON)
          .until(
              () -> {
                told.add(fleet.readiness());
                return fleet.readiness().missing().stream()
                    .anyMatch(w -> w.startsWith("permission missing: ") && w.contains(named));
              });
      assertThat(told).as("not ready before it is known").noneMatch(Readiness::isReady);
      // That it has started is told to itself a moment after its starter hears of it.
      await()
          .untilAsserted(() -> assertThat(fleet.readiness().missing()).as("said once").hasSize(1));
      assertThat(fleet.sync().mode()).isEqualTo(SyncStatus.Mode.DEGRADED);
      assertThat(fleet.sync().problem()).contains(named);

      user(user, "+@all");

      await().atMost(SOON).until(() -> fleet.readiness().isReady());
    } finally {
      user("scriptless", "-evalsha", "-eval");
      user("indexless", "-zadd");
    }
  }

  @Test
  void whoMayStartWithoutRedisIsReadyWithoutIt() {
    try (Fleet fleet = Fleet.start(settings(URI.create("redis://127.0.0.1:1")))) {
      await().atMost(SOON).until(() -> fleet.readiness().isReady());

      assertThat(fleet.sync().mode()).isEqualTo(SyncStatus.Mode.DEGRADED);
    }
  }

  @Test
  void beforeAnythingWasHeardTheSnapshotIsPending() {
    Joining joining = new Joining("c");

    assertThat(joining.given(sync(false, false, SyncHealth.CONNECTING, "")).missing())
        .containsExactly("snapshot pending", "not subscribed to the channel c");
  }

  @Test
  void aRedisThatRefusesWritesIsNotJoined() {
    Joining joining = new Joining("c");
    joining.snapshotTaken();
    assertThat(joining.given(sync(true, true, "", "")).missing())
        .containsExactly("first heartbeat pending");
    joining.hasWritten();

    assertThat(joining.given(sync(true, true, "", "OOM used memory")).missing())
        .containsExactly("redis refuses writes: OOM used memory");
    assertThat(joining.given(sync(true, true, "", "")).isReady()).isTrue();
  }

  @Test
  void losingEverythingLaterIsStillReady() {
    Joining joining = new Joining("c");
    joining.snapshotTaken();
    joining.hasWritten();
    assertThat(joining.given(sync(true, true, "", "")).isReady()).isTrue();

    assertThat(joining.given(sync(false, false, "connection refused", "")).isReady()).isTrue();
    assertThat(joining.given(sync(false, false, "NOPERM no", "READONLY")).isReady()).isTrue();
  }

  private static SyncStatus sync(boolean up, boolean subscribed, String problem, String refusal) {
    return new SyncStatus(
        SyncStatus.Mode.DEGRADED, up, subscribed, Optional.empty(), problem, 0, 0, refusal);
  }

  private static void user(String name, String... rules) {
    CommandArguments command = new CommandArguments(Protocol.Command.ACL);
    command.add("SETUSER").add(name).add("on").add(">" + name).add("~*");
    for (String rule : rules) {
      command.add(rule);
    }
    admin.executeCommand(command);
  }

  private static Fleet start(String user) {
    URI at = redis.uri();
    return Fleet.start(
        settings(
            URI.create(
                "redis://" + user + ":" + user + "@" + at.getHost() + ":" + at.getPort() + "/15")));
  }

  private static FleetSettings settings(URI uri) {
    // Patient: who gives Redis up has joined, too, and some may never start with what it holds.
    return FleetSettings.of(
        TestSettings.patient(RedisFleets.redis(uri)), ProviderSettings.defaults("openai"));
  }
}
